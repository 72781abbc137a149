/** A tool that lives in memory: annotations that a test makes, edits and deletes; everything else is refused. */

import { ToolUnavailable } from '../../adapters/errors.ts';
import type {
  Capabilities,
  Check,
  OffsetPeriod,
  Project,
  Reach,
  TallyQuery,
  TallyRow,
  ToolAccount,
  ToolAdapter,
  ToolDescription,
} from '../../adapters/tool.ts';

export interface FakeAnnotation {
  projectId: string;
  taskId: string;
  toolUserId: string;
  email: string | null;
  createdAt: Date;
  seconds: number | null;
  regions: number;
}

const allCapabilities: Capabilities = {
  accessLevel: 'tool',
  restore: true,
  closeAccount: true,
  setPassword: true,
  endKeys: true,
  tally: true,
  seconds: true,
  regions: true,
  notices: true,
};

export class FakeTool implements ToolAdapter {
  annotations: FakeAnnotation[] = [];
  readonly deletedProjects = new Set<string>();
  readonly notices = new Map<string, string>();
  capabilities = allCapabilities;
  isDown = false;
  tallies: TallyQuery[] = [];
  noticesSet = 0;

  async describe(): Promise<ToolDescription> {
    return { product: 'Fake', version: '1', capabilities: this.capabilities, remedies: {} };
  }

  async tally(query: TallyQuery): Promise<TallyRow[]> {
    if (this.isDown) throw new ToolUnavailable('the tool is down');
    this.tallies.push(query);
    const counted = this.annotations.filter(
      ({ projectId, createdAt }) =>
        query.projectIds.includes(projectId) && createdAt >= query.from && createdAt < query.until,
    );
    const groups = Map.groupBy(counted, (one) =>
      JSON.stringify([one.projectId, one.toolUserId, one.email, dayByOffsets(one.createdAt, query.offsets)]),
    );
    return [...groups].map(([key, annotations]) => {
      const [projectId, toolUserId, email, day] = JSON.parse(key);
      return { projectId, toolUserId, email, day, ...this.#count(annotations, query.maxSecondsPerAnnotation) };
    });
  }

  #count(
    annotations: readonly FakeAnnotation[],
    cap: number,
  ): Omit<TallyRow, 'projectId' | 'toolUserId' | 'email' | 'day'> {
    const seconds = annotations.map((one) => one.seconds ?? 0);
    const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);
    return {
      tasks: new Set(annotations.map(({ taskId }) => taskId)).size,
      annotations: annotations.length,
      regions: this.capabilities.regions ? sum(annotations.map(({ regions }) => regions)) : null,
      seconds: this.capabilities.seconds ? sum(seconds.map((value) => Math.min(value, cap))) : null,
      cappedAnnotations: seconds.filter((value) => value > cap).length,
      cappedSeconds: sum(seconds.map((value) => Math.max(0, value - cap))),
    };
  }

  async findProject(projectId: string): Promise<Project | null> {
    return this.deletedProjects.has(projectId) ? null : { id: projectId, title: `Project ${projectId}` };
  }

  async setNotice(projectId: string, notice: string | null): Promise<void> {
    this.noticesSet += 1;
    if (notice === null) this.notices.delete(projectId);
    else this.notices.set(projectId, notice);
  }

  async listProjects(): Promise<Project[]> {
    return [...new Set(this.annotations.map(({ projectId }) => projectId))].map((id) => ({
      id,
      title: `Project ${id}`,
    }));
  }

  async findAccounts(): Promise<ToolAccount[]> {
    return [];
  }
  async createMember(): Promise<ToolAccount> {
    throw new Error('not in this test');
  }
  async grant(): Promise<void> {
    throw new Error('not in this test');
  }
  async revoke(): Promise<Reach[]> {
    throw new Error('not in this test');
  }
  async setPassword(): Promise<void> {
    throw new Error('not in this test');
  }
  async endKeys(): Promise<{ openForSeconds: number }> {
    throw new Error('not in this test');
  }
  async listJoined(): Promise<null> {
    return null;
  }
  async renewInvite(): Promise<void> {}
  signInUrl(): string {
    return 'http://tool.test/';
  }
  projectUrl(projectId: string): string {
    return `http://tool.test/${projectId}`;
  }
  async check(): Promise<Check[]> {
    return [];
  }
  async close(): Promise<void> {}
}

function dayByOffsets(instant: Date, offsets: readonly OffsetPeriod[]): string {
  const offset = offsets.findLast(({ from }) => from <= instant)?.offsetSeconds ?? offsets[0]?.offsetSeconds ?? 0;
  return new Date(instant.getTime() + offset * 1_000).toISOString().slice(0, 10);
}
