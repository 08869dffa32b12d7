import type { JsonObject } from '../../spec/json.ts';
import type { Context } from '../context.ts';
import { bundleAggregations } from '../events/aggregations.ts';
import { jsonObject } from '../events/json-parts.ts';
import { type AccountDataSection, addDataOfNewRooms } from './account-data-section.ts';
import { inviteSection, knockSection } from './invites.ts';
import { Slices } from './lane.ts';
import { loadTimelines, type Timeline } from './load-timelines.ts';
import { RoomEntries } from './room-entries.ts';
import { roomEphemeral } from './room-ephemeral.ts';
import { roomStates } from './room-states.ts';
import { roomSummaries } from './room-summaries.ts';
import { type RoomWork, sortRooms } from './sort-rooms.ts';
import { roomFilters } from './sync-filter.ts';
import type { SyncScope } from './sync-request.ts';
import { addWithdrawals } from './withdrawn-invites.ts';

/** The `rooms` member of a sync answer. */
export interface RoomsSection {
  /** JSON text; undefined without news. */
  text: string | undefined;
  /** Rooms that the reader has come into since the last sync. */
  newlyJoined: number[];
  /** Rooms that the reader was in at the last sync and is not in any more. */
  newlyLeft: number[];
}

/** Builds everything that a sync says of rooms. */
export async function roomsSection(
  ctx: Context,
  scope: SyncScope,
  accountData: AccountDataSection,
): Promise<RoomsSection> {
  const { request } = scope;
  const filters = roomFilters(request.filter);
  const sorted = await sortRooms(ctx, scope, accountData.rooms);
  const known = request.since !== undefined;
  const fresh = sorted.joined.filter((work) => work.fresh).map((work) => work.room.roomNid);
  const works = [...sorted.joined, ...sorted.left];
  const [timelines, summaries, ephemeral, invite, knock] = await Promise.all([
    works.length > 0 ? loadTimelines(ctx, scope, works, filters.timeline) : new Map<RoomWork, Timeline>(),
    roomSummaries(ctx, scope, sorted.joined),
    roomEphemeral(ctx, scope, [...sorted.joined.map((work) => work.room), ...sorted.quiet], new Set(fresh)),
    inviteSection(ctx, scope, sorted.invited),
    knockSection(ctx, scope, sorted.knocked),
    known ? addDataOfNewRooms(ctx, scope, fresh, accountData) : undefined,
  ]);
  await addWithdrawals(ctx, sorted.left, timelines);
  const slices = works.map((work) => ({ work, timeline: timelines.get(work) as Timeline }));
  const [states, relations] = await Promise.all([
    slices.length > 0 ? roomStates(ctx, scope, slices, summaries.heroes, filters.state) : new Map(),
    aggregations(ctx, scope, timelines),
  ]);

  const shown = [
    ...sorted.joined
      .filter((work) => work.whole || (timelines.get(work)?.shown.length ?? 0) > 0 || hasAny(states, work))
      .map(({ room }) => room),
    ...[...sorted.joined.map((work) => work.room), ...sorted.quiet].filter(
      ({ roomNid }) => ephemeral.has(roomNid) || accountData.rooms.has(roomNid),
    ),
  ];
  const rooms = [...new Map(shown.map((room) => [room.roomNid, room])).values()];
  const counts = await ctx.sync.unread.of(request.userId, rooms, scope.now.events, scope.ignored);
  const entries = new RoomEntries(scope, relations);
  const workOf = new Map(sorted.joined.map((work) => [work.room.roomNid, work]));
  const join: Record<string, string> = {};
  const turns = new Slices();
  for (const { roomNid, roomId } of rooms) {
    if (turns.over) await turns.next();
    const work = workOf.get(roomNid);
    join[roomId] = entries.joined(work && timelines.get(work), states.get(roomNid) ?? [], {
      ephemeral: ephemeral.get(roomNid),
      accountData: accountData.rooms.get(roomNid),
      counts: counts.get(roomNid),
      summary: summaries.texts.get(roomNid),
    });
  }
  const leave: Record<string, string> = {};
  for (const work of sorted.left) {
    const timeline = timelines.get(work) as Timeline;
    const { roomNid, roomId } = work.room;
    // Nothing that the reader may know has happened: somebody who was never there was banned, say.
    if (work.outside && timeline.shown.length === 0) continue;
    leave[roomId] = entries.left(timeline, states.get(roomNid) ?? [], accountData.rooms.get(roomNid));
  }
  const sections = Object.entries({ join, invite, knock, leave }).filter(([, rooms]) => !isEmpty(rooms));
  const texts = sections.map(([name, rooms]) => [name, jsonObject(rooms)]);
  return {
    text: texts.length > 0 ? jsonObject(Object.fromEntries(texts)) : undefined,
    newlyJoined: known ? [...fresh, ...sorted.rejoined] : [],
    newlyLeft: sorted.newlyLeft,
  };
}

/** Bundled aggregations of what timelines show, by numeric event id. */
export async function aggregations(
  ctx: Context,
  scope: Pick<SyncScope, 'request'>,
  timelines: ReadonlyMap<RoomWork, Timeline>,
): Promise<ReadonlyMap<number, JsonObject>> {
  const rows = [...timelines.values()]
    .flatMap((timeline) => timeline.shown.map(({ row }) => row))
    .filter((row) => ctx.sync.related.mayHaveChanged(row.eventId, row.position ?? 0));
  return rows.length > 0 ? bundleAggregations(ctx, scope.request.userId, rows) : new Map();
}

function hasAny(states: Map<number, unknown[]>, work: RoomWork): boolean {
  return (states.get(work.room.roomNid)?.length ?? 0) > 0;
}

function isEmpty(record: object): boolean {
  for (const _ in record) return false;
  return true;
}
