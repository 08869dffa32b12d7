import type { EventRow } from '../../storage/events/event-row.ts';
import { getEventsByNid } from '../../storage/events/read-events.ts';
import {
  getCurrentOf,
  getCurrentStateRefs,
  getStateChanges,
  getTimelines,
  type StateRef,
} from '../../storage/sync/timelines.ts';
import type { UserRoom } from '../../storage/sync/user-rooms.ts';
import type { Context } from '../context.ts';
import { filterVisible } from '../timeline/visibility.ts';
import { type EventPredicate, lazyLoads, timelineLimit } from './sync-filter.ts';
import type { SyncScope } from './sync-request.ts';

/** A room of the answer, by what kind of news it is. */
export interface RoomWork {
  room: UserRoom;
  /** The reader has not been in the room at `since` (or there is no `since`): it gets the whole state. */
  fresh: boolean;
  /** Whole state although the reader knows the room (`full_state`). */
  fullState: boolean;
  /** End of what the reader may see: the token's position, or where the reader left. */
  to: number;
}

/** Timeline and state of one room. */
export interface RoomSlice {
  work: RoomWork;
  timeline: { row: EventRow; membership: string | undefined }[];
  limited: boolean;
  prevBatch: string;
  state: EventRow[];
}

const MOST_FILTER_ROUNDS = 5;
const FILTER_PAGE = 200;

/** Loads timelines and state of several rooms at once: a handful of queries, however many rooms. */
export async function loadRoomSlices(
  ctx: Context,
  scope: SyncScope,
  works: RoomWork[],
  wanted: { timeline: EventPredicate; state: EventPredicate },
): Promise<RoomSlice[]> {
  if (works.length === 0) return [];
  const limit = timelineLimit(scope.request.filter);
  const stretches = works.map((work) => ({
    roomNid: work.room.roomNid,
    from: work.fresh ? 0 : scope.since.events,
    to: work.to,
  }));
  const rows = new Map<number, { rows: EventRow[]; more: boolean; skipped: EventRow[] }>();
  const unknown = stretches.filter((stretch) => {
    const cached = ctx.sync.timelines.between(stretch.roomNid, stretch.from, stretch.to);
    if (cached)
      rows.set(
        stretch.roomNid,
        cut(
          cached.filter((r) => r.flags === 0),
          limit,
          wanted.timeline,
        ),
      );
    return !cached;
  });
  const page = wanted.timeline.all ? limit + 1 : FILTER_PAGE;
  for (const [roomNid, found] of await getTimelines(ctx.db, unknown, page)) {
    const stretch = unknown.find((s) => s.roomNid === roomNid)!;
    rows.set(roomNid, await readOn(ctx, stretch, page, limit, wanted.timeline, found));
  }

  const slices: RoomSlice[] = [];
  for (const work of works) {
    const read = rows.get(work.room.roomNid)!;
    let seen = await visible(ctx, scope, work, read.rows);
    // What the reader may not see does not use up the limit: further back there may be more.
    for (let round = 1; round < MOST_FILTER_ROUNDS && read.more && seen.length < limit && read.rows[0]; round++) {
      const stretch = stretches.find((s) => s.roomNid === work.room.roomNid)!;
      const to = (read.rows[0].position as number) - 1;
      const older = await readOn(ctx, { ...stretch, to }, FILTER_PAGE, FILTER_PAGE, wanted.timeline);
      const found = (await visible(ctx, scope, work, older.rows)).slice(-(limit - seen.length));
      const first = found.length + seen.length < limit ? older.rows[0] : found[0]?.row;
      const from = first ? older.rows.indexOf(first) : 0;
      read.rows = [...older.rows.slice(Math.max(from, 0)), ...read.rows];
      read.skipped = [...older.skipped, ...read.skipped];
      read.more = from > 0 || older.more;
      seen = [...found, ...seen];
    }
    const first = read.rows[0];
    // The whole timeline was given: whoever pages back from here begins at its end, as clients are used to.
    const whole = work.fresh && !read.more;
    slices.push({
      work,
      timeline: seen,
      limited: read.more || (work.fresh && scope.request.since !== undefined),
      prevBatch: first && !whole ? `t${first.depth}-${(first.position as number) - 1}` : `s${work.to}`,
      state: [],
    });
  }
  await addState(ctx, scope, slices, rows, wanted.state);
  return slices;
}

async function readOn(
  ctx: Context,
  stretch: { roomNid: number; from: number; to: number },
  page: number,
  limit: number,
  wanted: EventPredicate,
  firstPage?: EventRow[],
) {
  let last = firstPage ?? (await getTimelines(ctx.db, [stretch], page)).get(stretch.roomNid) ?? [];
  let all = last;
  for (
    let round = 1;
    round < MOST_FILTER_ROUNDS && last.length === page && cut(all, limit, wanted).rows.length < limit;
    round++
  ) {
    const before = (last[0]?.position as number) - 1;
    last = (await getTimelines(ctx.db, [{ ...stretch, to: before }], page)).get(stretch.roomNid) ?? [];
    all = [...last, ...all];
  }
  const result = cut(all, limit, wanted);
  return { ...result, more: result.more || last.length === page };
}

/** The newest `limit` wanted rows; `skipped` are the rows from the first of them on that the filter left out. */
function cut(
  rows: EventRow[],
  limit: number,
  wanted: EventPredicate,
): { rows: EventRow[]; more: boolean; skipped: EventRow[] } {
  const kept: EventRow[] = [];
  const skipped: EventRow[] = [];
  for (let i = rows.length - 1; i >= 0; i--) {
    const row = rows[i] as EventRow;
    if (!wanted.matches(row)) {
      skipped.push(row);
      continue;
    }
    if (kept.length === limit) return { rows: kept.reverse(), more: true, skipped: skipped.reverse() };
    kept.push(row);
  }
  return { rows: kept.reverse(), more: false, skipped: skipped.reverse() };
}

async function visible(ctx: Context, scope: SyncScope, work: RoomWork, rows: EventRow[]) {
  const { userId } = scope.request;
  // Whoever was in the room all the time sees everything (client-server API, room history visibility).
  const allSeen = !work.fresh && work.room.membership === 'join';
  if (!allSeen) return withCurrentState(ctx, work, rows, await filterVisible(ctx, work.room.roomNid, userId, rows));
  const own = rows.filter((row) => row.stateKey !== null || !scope.ignored.has(row.sender));
  return own.map((row) => ({ row, membership: 'join' }));
}

/**
 * Adds state events that the reader could not see when they were sent but that hold now: who is in the room sees its
 * current state, and it would be told nowhere else.
 */
async function withCurrentState(
  ctx: Context,
  work: RoomWork,
  rows: EventRow[],
  seen: { row: EventRow; membership: string | undefined }[],
) {
  if (work.room.membership !== 'join' || seen.length === rows.length) return seen;
  const shown = new Map(seen.map((entry) => [entry.row, entry]));
  const hidden = rows.filter((row) => row.stateKey !== null && !shown.has(row));
  const current = await getCurrentOf(
    ctx.db,
    work.room.roomNid,
    hidden.map((row) => row.eventNid),
  );
  return rows.flatMap((row) => {
    const entry = shown.get(row);
    if (entry) return [entry];
    return current.has(row.eventNid) ? [{ row, membership: undefined }] : [];
  });
}

/**
 * State between `since` and the start of the timeline. Whole state is the current one with the timeline's own changes
 * taken back, so that it costs no walk through state groups.
 */
async function addState(
  ctx: Context,
  scope: SyncScope,
  slices: RoomSlice[],
  read: Map<number, { rows: EventRow[]; more: boolean; skipped: EventRow[] }>,
  wanted: EventPredicate,
): Promise<void> {
  const { filter, useStateAfter, userId } = scope.request;
  const lazy = lazyLoads(filter);
  const whole = slices.filter((s) => s.work.fresh || s.work.fullState);
  const gaps = slices.filter((s) => !s.work.fresh && !s.work.fullState && s.limited);
  const rest = slices.filter((s) => !s.work.fresh && !s.work.fullState && !s.limited);

  const senders = (slice: RoomSlice) => new Set(slice.timeline.map(({ row }) => row.sender));
  const members = lazy ? [...new Set([userId, ...whole.flatMap((s) => [...senders(s)])])] : null;
  const refs = await getCurrentStateRefs(
    ctx.db,
    whole.map((s) => s.work.room.roomNid),
    members,
  );
  const byRoom = Map.groupBy(refs, (ref) => ref.roomNid);
  const nids = new Map<number, number[]>();
  for (const slice of whole) {
    const state = new Map(
      (byRoom.get(slice.work.room.roomNid) ?? []).map((ref) => [`${ref.type}\0${ref.stateKey}`, ref.eventNid]),
    );
    const own = senders(slice);
    if (!useStateAfter) {
      const from = read.get(slice.work.room.roomNid)!;
      takeBack(
        state,
        [...from.rows, ...from.skipped].sort((a, b) => (b.position as number) - (a.position as number)),
      );
      // What the filter took out of the timeline is told as state, or the client would never hear of it.
      for (const row of from.skipped)
        if (row.stateKey !== null) state.set(`${row.type}\0${row.stateKey}`, row.eventNid);
    }
    if (lazy) {
      for (const key of state.keys()) {
        const [type, stateKey] = split(key);
        if (type === 'm.room.member' && stateKey !== userId && !own.has(stateKey)) state.delete(key);
      }
    }
    nids.set(slice.work.room.roomNid, [...state.values()]);
  }

  const stretches = gaps.map((slice) => ({
    roomNid: slice.work.room.roomNid,
    from: scope.since.events,
    to: useStateAfter
      ? slice.work.to
      : ((read.get(slice.work.room.roomNid)?.rows[0]?.position as number | undefined) ?? slice.work.to + 1) - 1,
  }));
  const changes = Map.groupBy(await getStateChanges(ctx.db, stretches), (row) => row.roomNid);
  for (const slice of gaps) {
    const found = new Map(
      (changes.get(slice.work.room.roomNid) ?? []).map((row) => [`${row.type}\0${row.stateKey}`, row]),
    );
    if (!useStateAfter)
      for (const row of read.get(slice.work.room.roomNid)!.skipped)
        if (row.stateKey !== null) found.set(`${row.type}\0${row.stateKey}`, row);
    slice.state = [...found.values()];
  }
  for (const slice of rest) {
    const from = read.get(slice.work.room.roomNid)!;
    const stateRows = (useStateAfter ? [...from.rows, ...from.skipped] : from.skipped).filter(
      (row) => row.stateKey !== null,
    );
    slice.state = [...new Map(stateRows.map((row) => [`${row.type}\0${row.stateKey}`, row])).values()];
  }

  // Lazily loaded members of the senders that a known room's timeline shows.
  const lazyRefs: StateRef[] = lazy
    ? await getCurrentStateRefs(
        ctx.db,
        [...gaps, ...rest].filter((s) => s.timeline.length > 0).map((s) => s.work.room.roomNid),
        [...new Set([...gaps, ...rest].flatMap((s) => [...senders(s)]))],
      ).then((found) => found.filter((ref) => ref.type === 'm.room.member'))
    : [];
  for (const slice of lazy ? [...gaps, ...rest] : []) {
    const own = senders(slice);
    const told = new Set(slice.state.map((row) => row.eventNid));
    const wantedMembers = lazyRefs.filter(
      (ref) => ref.roomNid === slice.work.room.roomNid && own.has(ref.stateKey) && !told.has(ref.eventNid),
    );
    nids.set(
      slice.work.room.roomNid,
      wantedMembers.map((ref) => ref.eventNid),
    );
  }

  const rows = new Map((await getEventsByNid(ctx.db, [...nids.values()].flat())).map((row) => [row.eventNid, row]));
  for (const slice of slices) {
    for (const nid of nids.get(slice.work.room.roomNid) ?? []) {
      const row = rows.get(nid);
      if (row) slice.state.push(row);
    }
    const shown = useStateAfter ? new Set<number>() : new Set(slice.timeline.map(({ row }) => row.eventNid));
    slice.state = slice.state.filter((row) => wanted.matches(row) && !shown.has(row.eventNid));
    if (lazy) slice.state = ctx.sync.lazyMembers.onlyNew(scope, slice, slice.state);
  }
}

/** Undoes state changes, newest first. */
function takeBack(state: Map<string, number>, rows: EventRow[]): void {
  for (const row of rows) {
    if (row.stateKey === null) continue;
    const key = `${row.type}\0${row.stateKey}`;
    if (row.replacesNid === null) state.delete(key);
    else state.set(key, row.replacesNid);
  }
}

function split(key: string): [string, string] {
  const cut = key.indexOf('\0');
  return [key.slice(0, cut), key.slice(cut + 1)];
}
