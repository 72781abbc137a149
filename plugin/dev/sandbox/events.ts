/**
 * What happened, as events for the endpoints that asked for them (contract: "Events"), and the ways in which events can be
 * made to go wrong on their way: held and released in another order, dropped, doubled, spread out in time.
 */
import type { Clock } from '../../clock.ts';
import type { DeliveryEngine } from './deliveries.ts';
import { seededRandom } from './ids.ts';
import type { ApiEvent, ApiInstall } from './schemas.ts';
import type { Contract, Install, Link, RecordedEvent, State } from './state.ts';
import { viewBudget, viewContract, viewLink, viewParticipant } from './views.ts';
import type { EventType } from './vocabulary.ts';

export type ReleaseOrder = 'as-happened' | 'reverse' | 'shuffled';

export interface EventFaults {
  /** How many of the next events are never sent. */
  dropNext: number;
  /** Share of events that are never sent, and of deliveries that arrive twice; 0 to 1. */
  dropRate: number;
  duplicateRate: number;
  /** First attempts are made at a random moment within this time, so they overtake each other. */
  spreadMilliseconds: number;
  random: () => number;
}

export interface EventDesk {
  /** A trainer was hired or a contract ended: one event for each link on the job of an active install. */
  contractChanged(type: 'contract.started' | 'contract.ended', contract: Contract): void;
  /** A budget moved: one event for each link on the job. */
  budgetChanged(type: Extract<EventType, `milestone.${string}`>, contract: Contract): void;
  linkChanged(type: 'project_link.created' | 'project_link.removed', link: Link): void;
  installRevoked(install: Install, view: ApiInstall): void;
  /** Keeps events back from now on. */
  hold(): void;
  /** Sends what was kept back, one after the other; resolves when each has been tried once. */
  release(order: ReleaseOrder, seed: number): Promise<void>;
  faults: EventFaults;
  /** Resolves when no release is under way. */
  settled(): Promise<void>;
}

/** Makes the desk; the first event gets the id `firstId`, each later one the next number. */
export function createEventDesk(options: {
  state: State;
  clock: Clock;
  engine: DeliveryEngine;
  firstId: number;
}): EventDesk {
  const { state, clock, engine } = options;
  let nextId = options.firstId;
  let holding = false;
  let releasing: Promise<void> = Promise.resolve();
  const faults: EventFaults = {
    dropNext: 0,
    dropRate: 0,
    duplicateRate: 0,
    spreadMilliseconds: 0,
    random: seededRandom(1),
  };

  const record = (install: Install, happened: Pick<ApiEvent, 'type' | 'resourceId' | 'jobId' | 'data'>): void => {
    if (install.status !== 'ACTIVE') return;
    // A reconnect that carried the endpoints over hears of the old grant there.
    const heard = happened.type === 'install.revoked' ? [install.id, install.successorId] : [install.id];
    const endpoints = [...state.endpoints.values()].filter(
      (endpoint) =>
        heard.includes(endpoint.installId) &&
        endpoint.status === 'ACTIVE' &&
        endpoint.eventTypes.includes(happened.type),
    );
    const recorded: RecordedEvent = {
      event: { id: String(nextId++), apiVersion: 'v1', createdAt: clock.now().toISOString(), ...happened },
      installId: install.id,
      endpointIds: endpoints.map((endpoint) => endpoint.id),
      fate: holding ? 'held' : 'sent',
    };
    if (isDropped(faults)) recorded.fate = 'dropped';
    state.events.push(recorded);
    if (recorded.fate === 'sent') send(recorded);
  };

  const send = (recorded: RecordedEvent): void => {
    for (const endpointId of recorded.endpointIds) {
      const endpoint = state.endpoints.get(endpointId);
      if (endpoint === undefined) continue;
      engine.enqueue(recorded.event, endpoint, {
        delayMilliseconds: faults.random() * faults.spreadMilliseconds,
        repeats: faults.random() < faults.duplicateRate ? 1 : 0,
      });
    }
  };

  const eachLink = (contract: Contract, tell: (install: Install, link: Link) => void): void => {
    for (const link of [...state.links.values()].filter(({ jobId }) => jobId === contract.jobId)) {
      const install = state.installs.get(link.installId);
      if (install !== undefined && !install.hiddenContractIds.includes(contract.id)) tell(install, link);
    }
  };

  return {
    faults,
    contractChanged: (type, contract) =>
      eachLink(contract, (install, link) => {
        const trainer = state.trainers.get(contract.trainerId ?? '');
        record(install, {
          type,
          resourceId: contract.id,
          jobId: contract.jobId,
          data: {
            contract: viewContract(state, install, contract),
            freelancer: trainer === undefined ? null : viewParticipant(install, trainer),
            projectLink: viewLink(link),
          },
        });
      }),
    budgetChanged: (type, contract) =>
      eachLink(contract, (install, link) => {
        const budget = viewBudget(state, contract);
        record(install, {
          type,
          resourceId: budget.activeMilestone?.id ?? contract.id,
          jobId: contract.jobId,
          data: {
            contract: viewContract(state, install, contract),
            projectLink: viewLink(link),
            budget,
            milestone: budget.activeMilestone,
          },
        });
      }),
    linkChanged: (type, link) => {
      const install = state.installs.get(link.installId);
      if (install === undefined) return;
      record(install, { type, resourceId: link.id, jobId: link.jobId, data: { projectLink: viewLink(link) } });
    },
    installRevoked: (install, view) =>
      record(install, { type: 'install.revoked', resourceId: install.id, jobId: null, data: { install: view } }),
    hold: () => {
      holding = true;
    },
    release: (order, seed) => {
      holding = false;
      const held = arrange(
        state.events.filter((recorded) => recorded.fate === 'held'),
        order,
        seed,
      );
      for (const recorded of held) recorded.fate = 'sent';
      releasing = releasing.then(async () => {
        for (const recorded of held) {
          send(recorded);
          await engine.settled();
        }
      });
      return releasing;
    },
    settled: () => releasing,
  };
}

function isDropped(faults: EventFaults): boolean {
  if (faults.dropNext > 0) {
    faults.dropNext -= 1;
    return true;
  }
  return faults.random() < faults.dropRate;
}

function arrange(held: RecordedEvent[], order: ReleaseOrder, seed: number): RecordedEvent[] {
  if (order === 'reverse') return held.toReversed();
  if (order === 'as-happened') return held;
  const random = seededRandom(seed);
  return held
    .map((recorded) => ({ recorded, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ recorded }) => recorded);
}
