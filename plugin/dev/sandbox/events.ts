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

interface EventOptions {
  state: State;
  clock: Clock;
  engine: DeliveryEngine;
  firstId: number;
}

/** Makes the desk; the first event gets the id `firstId`, each later one the next number. */
export function createEventDesk(options: EventOptions): EventDesk {
  const { state } = options;
  const { record, ...line } = createEventLine(options);
  const eachLink = (contract: Contract, tell: (install: Install, link: Link) => void): void => {
    for (const link of [...state.links.values()].filter(({ jobId }) => jobId === contract.jobId)) {
      const install = state.installs.get(link.installId);
      if (install !== undefined && !install.hiddenContractIds.includes(contract.id)) tell(install, link);
    }
  };
  return {
    ...line,
    contractChanged: (type, contract) =>
      eachLink(contract, (install, link) => {
        const trainer = state.trainers.get(contract.trainerId ?? '');
        const data = {
          contract: viewContract(state, install, contract),
          freelancer: trainer === undefined ? null : viewParticipant(install, trainer),
          projectLink: viewLink(link),
        };
        record(install, { type, resourceId: contract.id, jobId: contract.jobId, data });
      }),
    budgetChanged: (type, contract) =>
      eachLink(contract, (install, link) => {
        const budget = viewBudget(state, contract);
        const milestone = budget.activeMilestone;
        const data = {
          contract: viewContract(state, install, contract),
          projectLink: viewLink(link),
          budget,
          milestone,
        };
        record(install, { type, resourceId: milestone?.id ?? contract.id, jobId: contract.jobId, data });
      }),
    linkChanged: (type, link) => {
      const install = state.installs.get(link.installId);
      if (install === undefined) return;
      record(install, { type, resourceId: link.id, jobId: link.jobId, data: { projectLink: viewLink(link) } });
    },
    installRevoked: (install, view) =>
      record(install, { type: 'install.revoked', resourceId: install.id, jobId: null, data: { install: view } }),
  };
}

type Happened = Pick<ApiEvent, 'type' | 'resourceId' | 'jobId' | 'data'>;

interface EventLine extends Pick<EventDesk, 'hold' | 'release' | 'settled' | 'faults'> {
  /** Keeps the event, and hands it to the deliveries unless it is held or dropped. */
  record(install: Install, happened: Happened): void;
}

/** From what happened to the deliveries: numbers events, holds them back, and lets the faults have their way. */
function createEventLine({ state, clock, engine, firstId }: EventOptions): EventLine {
  let nextId = firstId;
  let holding = false;
  let releasing: Promise<void> = Promise.resolve();
  const random = seededRandom(1);
  const faults: EventFaults = { dropNext: 0, dropRate: 0, duplicateRate: 0, spreadMilliseconds: 0, random };
  return {
    faults,
    record: (install, happened) => {
      if (install.status !== 'ACTIVE') return;
      const recorded: RecordedEvent = {
        event: { id: String(nextId++), apiVersion: 'v1', createdAt: clock.now().toISOString(), ...happened },
        installId: install.id,
        endpointIds: listeningEndpoints(state, install, happened.type),
        fate: holding ? 'held' : 'sent',
      };
      if (isDropped(faults)) recorded.fate = 'dropped';
      state.events.push(recorded);
      if (recorded.fate === 'sent') send(state, engine, faults, recorded);
    },
    hold: () => {
      holding = true;
    },
    release: (order, seed) => {
      holding = false;
      const waiting = state.events.filter((recorded) => recorded.fate === 'held');
      const held = arrange(waiting, order, seed);
      for (const recorded of held) recorded.fate = 'sent';
      releasing = releasing.then(async () => {
        for (const recorded of held) {
          send(state, engine, faults, recorded);
          await engine.settled();
        }
      });
      return releasing;
    },
    settled: () => releasing,
  };
}

function listeningEndpoints(state: State, install: Install, type: Happened['type']): string[] {
  // A reconnect that carried the endpoints over hears of the old grant there.
  const heard = type === 'install.revoked' ? [install.id, install.successorId] : [install.id];
  return [...state.endpoints.values()]
    .filter(
      ({ installId, status, eventTypes }) =>
        heard.includes(installId) && status === 'ACTIVE' && eventTypes.includes(type),
    )
    .map(({ id }) => id);
}

function send(state: State, engine: DeliveryEngine, faults: EventFaults, recorded: RecordedEvent): void {
  for (const endpointId of recorded.endpointIds) {
    const endpoint = state.endpoints.get(endpointId);
    if (endpoint === undefined) continue;
    engine.enqueue(recorded.event, endpoint, {
      delayMilliseconds: faults.random() * faults.spreadMilliseconds,
      repeats: faults.random() < faults.duplicateRate ? 1 : 0,
    });
  }
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
