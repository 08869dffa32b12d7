import { EVENT_PURGED, type EventRow } from '../../storage/events/event-row.ts';
import { getCurrentOf } from '../../storage/sync/state.ts';
import { getTimelines } from '../../storage/sync/timelines.ts';
import type { Context } from '../context.ts';
import { formatPoint, pointBefore } from '../timeline/tokens.ts';
import { filterVisibleInRooms } from '../timeline/visibility.ts';
import type { RoomWork } from './sort-rooms.ts';
import { type EventPredicate, timelineLimit } from './sync-filter.ts';
import type { SyncScope } from './sync-request.ts';

/** An event of a timeline. */
export interface ShownEvent {
  row: EventRow;
  /** The reader's membership at the event; undefined where it isn't known. */
  membership: string | undefined;
}

/** What a room's timeline shows, and what it leaves out. */
export interface Timeline {
  shown: ShownEvent[];
  /** Events after `start` that are not shown, by the filter or because the reader may not see them; ascending. */
  hidden: EventRow[];
  /** The place in the events stream where the timeline begins: `state` has to lead there. */
  start: number;
  /** Nothing that the reader has not heard of lies before `start`. */
  whole: boolean;
  limited: boolean;
  prevBatch: string;
}

/** A room that is being read, newest events first. */
interface Reading {
  work: RoomWork;
  shown: ShownEvent[];
  hidden: EventRow[];
  /** Everything after this place has been looked at. */
  seenTo: number;
  /** One event more than the limit was found; it is not among `shown`. */
  more: boolean;
  done: boolean;
}

const MOST_ROUNDS = 5;
const FILTERED_PAGE = 200;

/** Reads the timelines of rooms: a handful of queries, however many rooms, and none where recent events are at hand. */
export async function loadTimelines(
  ctx: Context,
  scope: SyncScope,
  works: RoomWork[],
  wanted: EventPredicate,
): Promise<Map<RoomWork, Timeline>> {
  const limit = timelineLimit(scope.request.filter);
  const timelines = new Map<RoomWork, Timeline>();
  const readings: Reading[] = [];
  const cached = new Map<Reading, EventRow[]>();
  for (const work of works) {
    const reading = { work, shown: [], hidden: [], seenTo: work.to, more: false, done: wanted.none };
    readings.push(reading);
    const rows = wanted.none ? undefined : ctx.sync.timelines.between(work.room.roomNid, work.from, work.to);
    if (rows) cached.set(reading, rows);
  }
  await takeIn(ctx, scope, cached, wanted, limit);
  for (const reading of cached.keys()) {
    reading.done = true;
    if (!reading.more) reading.seenTo = reading.work.from;
  }
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const open = readings.filter((reading) => !reading.done);
    if (open.length === 0) break;
    const page = round > 0 || !wanted.all ? FILTERED_PAGE : limit + 1;
    const stretches = open.map(({ work, seenTo }) => ({ roomNid: work.room.roomNid, from: work.from, to: seenTo }));
    const found = await getTimelines(ctx.db, stretches, page);
    const rowsOf = new Map(open.map((reading) => [reading, found.get(reading.work.room.roomNid) ?? []]));
    await takeIn(ctx, scope, rowsOf, wanted, limit);
    for (const [reading, rows] of rowsOf) {
      if (reading.more) reading.done = true;
      else if (rows.length < page) {
        reading.seenTo = reading.work.from;
        reading.done = true;
      } else reading.seenTo = (rows[0]?.position as number) - 1;
    }
  }
  for (const reading of readings) timelines.set(reading.work, finish(scope, reading, wanted));
  return timelines;
}

/** Sorts older rows into what is shown and what is not, until the limit is reached. */
async function takeIn(
  ctx: Context,
  scope: SyncScope,
  rowsOf: Map<Reading, EventRow[]>,
  wanted: EventPredicate,
  limit: number,
): Promise<void> {
  const visible = await visibleTo(ctx, scope, rowsOf);
  for (const [reading, rows] of rowsOf) {
    const shown: ShownEvent[] = [];
    const hidden: EventRow[] = [];
    for (let i = rows.length - 1; i >= 0; i--) {
      const row = rows[i] as EventRow;
      // State whose history was purged is in no timeline, and told as state.
      if (row.flags === EVENT_PURGED) hidden.push(row);
      if (row.flags !== 0) continue;
      const seen = wanted.matches(row) ? visible(reading, row) : undefined;
      if (!seen) hidden.push(row);
      else if (reading.shown.length + shown.length === limit) {
        reading.more = true;
        break;
      } else shown.push(seen);
    }
    reading.shown = [...shown.reverse(), ...reading.shown];
    reading.hidden = [...hidden.reverse(), ...reading.hidden];
  }
}

async function visibleTo(ctx: Context, scope: SyncScope, rowsOf: Map<Reading, EventRow[]>) {
  const doubtful = [...rowsOf].flatMap(([reading, rows]) => (reading.work.present ? [] : rows));
  const visible = new Map<number, ShownEvent>();
  if (doubtful.length > 0) {
    for (const event of await filterVisibleInRooms(ctx, scope.request.userId, doubtful)) {
      visible.set(event.row.eventNid, event);
    }
    // Whoever is in a room sees its current state, whenever it was set; it would be told nowhere else.
    const unseen = [...rowsOf]
      .flatMap(([reading, rows]) => (reading.work.joined && !reading.work.present ? rows : []))
      .filter((row) => row.stateKey !== null && !visible.has(row.eventNid));
    const current = await getCurrentOf(
      ctx.db,
      unseen.map((row) => row.eventNid),
    );
    for (const row of unseen) if (current.has(row.eventNid)) visible.set(row.eventNid, { row, membership: undefined });
  }
  return (reading: Reading, row: EventRow): ShownEvent | undefined => {
    if (!reading.work.present) return visible.get(row.eventNid);
    return row.stateKey === null && scope.ignored.has(row.sender) ? undefined : { row, membership: 'join' };
  };
}

function finish(scope: SyncScope, reading: Reading, wanted: EventPredicate): Timeline {
  const { work, shown, more, seenTo } = reading;
  const complete = seenTo === work.from && !more;
  const first = shown[0]?.row;
  // Without an event to start from, the timeline is empty and starts at its end.
  const start = complete ? work.from : more ? (first ? (first.position as number) - 1 : work.to) : seenTo;
  const hidden = reading.hidden.filter((row) => (row.position as number) > start);
  const cutShort = !complete && !wanted.none;
  // A client that was given the whole timeline of a new room pages back from its end, as it always did.
  const prevBatch = first && !(work.fresh && complete) ? formatPoint(pointBefore(first)) : `s${work.to}`;
  return {
    shown,
    hidden,
    start: wanted.none ? work.to : start,
    whole: complete,
    limited: cutShort || (work.fresh && work.joined && scope.request.since !== undefined),
    prevBatch,
  };
}
