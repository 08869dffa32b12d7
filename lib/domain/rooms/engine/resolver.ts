import { authEventKeysFor } from '../../../spec/auth-rules.ts';
import type { Pdu } from '../../../spec/events.ts';
import { getRoomVersion, type RoomVersion } from '../../../spec/room-versions.ts';
import {
  MissingEventsError,
  type ResolutionEvent,
  resolutionEventOf,
  resolveState,
} from '../../../spec/state-resolution/index.ts';
import type { Queryable } from '../../../storage/database.ts';
import { EVENT_REJECTED } from '../../../storage/events/event-row.ts';
import { getChainPlaces, getEventsOnChains, getLinksBelow } from '../../../storage/state/chains.ts';
import { getEntriesOfGroup, getEntriesOfWholeGroup } from '../../../storage/state/groups.ts';
import {
  getMainlines,
  getStateEvents,
  getStateEventsById,
  type StateEventRow,
} from '../../../storage/state/state-events.ts';
import type { StateChange } from '../state-chain.ts';
import { ChainLinks, type Reach, reachDifference } from './chain-cover.ts';
import { diffGroups, type GroupDiff, type GroupRef, splitKey } from './group-diff.ts';

/** An event that takes part and is not stored yet. */
export interface UnstoredEvent {
  eventNid: number;
  eventId: string;
  roomNid: number;
  authNids: number[];
  json: string;
}

/** A resolution to do. Everything is JSON, so that a worker thread can do it. */
export interface ResolveJob {
  roomVersion: string;
  /** The groups after the extremities (or previous events): at least one. */
  groups: GroupRef[];
  /** The group to tell changes against. */
  from: GroupRef | undefined;
  unstored: UnstoredEvent[];
}

/** A key that has another value than before. */
export interface ResolvedChange {
  type: string;
  stateKey: string;
  /** 0 for none. */
  eventNid: number;
  previousNid: number;
}

/** What came out. */
export interface Resolution {
  /** Place in `groups` of the one that the result is nearest to. */
  base: number;
  /** What the result changes against it; empty when it is that group. */
  delta: StateChange[];
  /** What the result changes against `from`. */
  changes: ResolvedChange[];
  /** The events of `changes` that are stored. */
  events: StateEventRow[];
}

const MOST_ROUNDS = 50;

/** Above this many entries of state, or keys in conflict, a resolution is work for a thread of its own. */
const MOST_ENTRIES_INLINE = 3_000;
const MOST_KEYS_INLINE = 200;

/** Whether a resolution would hold this thread up. One or two cheap queries, which {@link resolve} repeats. */
export function isLarge(diff: GroupDiff): boolean {
  return diff.sharedEntries > MOST_ENTRIES_INLINE || diff.keys.size > MOST_KEYS_INLINE;
}

/**
 * Resolves state groups into one state (room versions, state resolution), over what the groups don't share, with the
 * chain cover for auth differences. About a dozen queries.
 */
export async function resolve(db: Queryable, job: ResolveJob, known?: GroupDiff): Promise<Resolution> {
  const version = getRoomVersion(job.roomVersion);
  if (!version) throw new Error(`room version ${job.roomVersion} is not known`);
  const refs = job.from ? [...job.groups, job.from] : job.groups;
  const diff = known ?? (await diffGroups(db, refs));
  const sets = diff.values.slice(0, job.groups.length);
  const from = job.from && (diff.values.at(-1) as Map<string, number>);
  const resolved =
    sets.length === 1 ? (sets[0] as Map<string, number>) : await resolveSets(db, job, version, diff, sets);

  let best: { base: number; delta: StateChange[] } | undefined;
  sets.forEach((set, base) => {
    const delta = changesBetween(diff.keys, set, resolved);
    if (!best || delta.length < best.delta.length) best = { base, delta };
  });
  const changes = from ? changesBetween(diff.keys, from, resolved) : [];
  const unstored = new Set(job.unstored.map((event) => event.eventNid));
  const wanted = changes.map((c) => c.eventNid).filter((nid) => nid !== 0 && !unstored.has(nid));
  return {
    ...(best as { base: number; delta: StateChange[] }),
    changes,
    events: await getStateEvents(db, wanted),
  };
}

function changesBetween(
  keys: Iterable<string>,
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): ResolvedChange[] {
  const changes: ResolvedChange[] = [];
  for (const key of keys) {
    const previousNid = before.get(key) ?? 0;
    const eventNid = after.get(key) ?? 0;
    if (eventNid === previousNid) continue;
    const [type, stateKey] = splitKey(key);
    changes.push({ type, stateKey, eventNid, previousNid });
  }
  return changes;
}

async function resolveSets(
  db: Queryable,
  job: ResolveJob,
  version: RoomVersion,
  diff: GroupDiff,
  sets: Map<string, number>[],
): Promise<Map<string, number>> {
  const pool = new EventPool(db, version, job.unstored);
  const conflicted = new Set<number>();
  for (const key of diff.keys) {
    const values = new Set(sets.map((set) => set.get(key) ?? 0));
    if (values.size > 1) for (const value of values) if (value !== 0) conflicted.add(value);
  }
  await pool.load(new Set(sets.flatMap((set) => [...set.values()])));
  const cover =
    version.stateResolution === 'v1' ? undefined : await coverOf(db, job, diff, sets, conflicted, version, pool);
  await pool.load(cover?.full ?? []);
  await pool.loadCited([...pool.events.values()]);
  await pool.loadMainlines();

  // Of what all sets agree on only that which the auth rules may look at.
  const agreed = await sharedEntries(db, diff, version, pool);
  await pool.load(agreed.values());
  const named = sets.map((set) => {
    const state = new Map<string, string>();
    for (const [key, nid] of [...agreed, ...set]) state.set(key, pool.idOf(nid));
    return state;
  });
  const options = cover && {
    authDifference: () => cover.difference.map((nid) => pool.idOf(nid)),
    conflictedSubgraph: () => cover.subgraph.map((nid) => pool.idOf(nid)),
  };
  for (let round = 0; ; round++) {
    try {
      const resolved = resolveState(version, named, pool.events, options);
      const values = new Map<string, number>();
      for (const key of diff.keys) {
        const id = resolved.get(key);
        if (id !== undefined) values.set(key, pool.nidOf(id));
      }
      return values;
    } catch (error) {
      if (!(error instanceof MissingEventsError) || round === MOST_ROUNDS) throw error;
      await pool.loadById(error.eventIds);
    }
  }
}

/** Entries of the shared state that the auth rules look at for the events at hand. */
async function sharedEntries(
  db: Queryable,
  diff: GroupDiff,
  version: RoomVersion,
  pool: EventPool,
): Promise<Map<string, number>> {
  const keys = new Set(['m.room.create\0', 'm.room.power_levels\0', 'm.room.join_rules\0']);
  for (const event of pool.events.values()) {
    for (const [type, stateKey] of authEventKeysFor(event, version)) keys.add(`${type}\0${stateKey}`);
  }
  const entries = new Map<string, number>();
  if (diff.shared === null) return entries;
  const wanted = [...keys].filter((key) => !diff.keys.has(key)).map(splitKey);
  for (const { type, stateKey, eventNid } of await getEntriesOfGroup(db, diff.shared, wanted)) {
    entries.set(`${type}\0${stateKey}`, eventNid);
  }
  return entries;
}

/** Auth difference and conflicted subgraph by the chain cover. */
async function coverOf(
  db: Queryable,
  job: ResolveJob,
  diff: GroupDiff,
  sets: Map<string, number>[],
  conflicted: Set<number>,
  version: RoomVersion,
  pool: EventPool,
): Promise<{ difference: number[]; subgraph: number[]; full: number[] }> {
  const unstored = new Map(job.unstored.map((event) => [event.eventNid, event]));
  // What isn't stored stands for itself and for what it cites.
  const starts = (nids: Iterable<number>) => [...nids].flatMap((nid) => unstored.get(nid)?.authNids ?? [nid]);
  const all = new Set(starts(new Set(sets.flatMap((set) => [...set.values()]))));
  const places = new Map((await getChainPlaces(db, [...all])).map((place) => [place.eventNid, place]));
  const links = new ChainLinks(await getLinksBelow(db, [...new Set([...places.values()].map((p) => p.chain))]));
  const placesOf = (nids: Iterable<number>) => starts(nids).flatMap((nid) => places.get(nid) ?? []);
  const reaches = sets.map((set) => links.reach(placesOf(set.values())));
  const own = (nids: Iterable<number>) => [...nids].filter((nid) => unstored.has(nid));

  let found = pool.note(await getEventsOnChains(db, reachDifference(reaches)));
  if (found.some((nid) => !conflicted.has(nid)) && diff.shared !== null) {
    // What the sets share may reach what looks like a difference.
    const shared = await reachOfShared(db, diff);
    for (const reach of reaches) {
      for (const [chain, sequence] of shared) if ((reach.get(chain) ?? 0) < sequence) reach.set(chain, sequence);
    }
    found = pool.note(await getEventsOnChains(db, reachDifference(reaches)));
  }
  const difference = [...found, ...own(conflicted)];
  if (version.stateResolution !== 'v2.1') return { difference, subgraph: [], full: difference };
  // Paths from an event that is not stored go over what it cites.
  const between = links.between(
    placesOf(conflicted),
    [...conflicted].flatMap((nid) => places.get(nid) ?? []),
  );
  const subgraph = [...pool.note(await getEventsOnChains(db, between)), ...own(conflicted)];
  return { difference, subgraph, full: [...difference, ...subgraph] };
}

async function reachOfShared(db: Queryable, diff: GroupDiff): Promise<Reach> {
  const entries = await getEntriesOfWholeGroup(db, diff.shared as number);
  const nids = entries.filter((e) => !diff.keys.has(`${e.type}\0${e.stateKey}`)).map((e) => e.eventNid);
  const places = await getChainPlaces(db, nids);
  return new ChainLinks(await getLinksBelow(db, [...new Set(places.map((p) => p.chain))])).reach(places);
}

/** Events that a resolution has at hand, by id. */
class EventPool {
  readonly events = new Map<string, ResolutionEvent>();
  readonly #db: Queryable;
  readonly #version: RoomVersion;
  readonly #ids = new Map<number, string>();
  readonly #nids = new Map<string, number>();

  constructor(db: Queryable, version: RoomVersion, unstored: UnstoredEvent[]) {
    this.#db = db;
    this.#version = version;
    for (const event of unstored) this.#add({ ...event, flags: 0 });
  }

  idOf(eventNid: number): string {
    const id = this.#ids.get(eventNid);
    if (id === undefined) throw new Error(`event ${eventNid} is in a state group and not stored`);
    return id;
  }

  nidOf(eventId: string): number {
    return this.#nids.get(eventId) as number;
  }

  /** Remembers ids; returns the numeric ones. */
  note(rows: { eventNid: number; eventId: string }[]): number[] {
    for (const { eventNid, eventId } of rows) {
      this.#ids.set(eventNid, eventId);
      this.#nids.set(eventId, eventNid);
    }
    return rows.map((row) => row.eventNid);
  }

  async load(eventNids: Iterable<number>): Promise<void> {
    const wanted = [...eventNids].filter((nid) => !this.events.has(this.#ids.get(nid) ?? ''));
    for (const row of await getStateEvents(this.#db, wanted)) this.#add(row);
  }

  async loadById(eventIds: readonly string[]): Promise<void> {
    const rows = await getStateEventsById(this.#db, [...eventIds]);
    if (rows.length === 0) throw new Error(`event ${eventIds[0]} is cited and not stored`);
    for (const row of rows) this.#add(row);
  }

  async loadCited(events: ResolutionEvent[]): Promise<void> {
    const cited = new Set(events.flatMap((event) => event.authEventIds).filter((id) => !this.events.has(id)));
    for (const row of await getStateEventsById(this.#db, [...cited])) this.#add(row);
  }

  async loadMainlines(): Promise<void> {
    const levels = [...this.events.values()].filter((event) => event.type === 'm.room.power_levels');
    const stored = levels.map((event) => this.nidOf(event.eventId));
    for (const row of await getMainlines(this.#db, stored)) if (!this.events.has(row.eventId)) this.#add(row);
  }

  #add(row: StateEventRow): void {
    const rejected = (row.flags & EVENT_REJECTED) !== 0;
    this.events.set(row.eventId, resolutionEventOf(JSON.parse(row.json) as Pdu, row.eventId, this.#version, rejected));
    this.#ids.set(row.eventNid, row.eventId);
    this.#nids.set(row.eventId, row.eventNid);
  }
}
