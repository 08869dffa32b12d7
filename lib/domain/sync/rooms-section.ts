import type { UnreadCounts } from '../../storage/receipts/unread.ts';
import { getUnreadCounts } from '../../storage/receipts/unread.ts';
import {
  getChangedRooms,
  getMembershipStretches,
  type MembershipStretch,
  type UserRoom,
} from '../../storage/sync/user-rooms.ts';
import type { Context } from '../context.ts';
import { bundleAggregations } from '../events/aggregations.ts';
import { clientEventJson, type Viewer } from '../events/client-event.ts';
import { jsonArray, jsonEvents, jsonObject } from '../events/json-parts.ts';
import { inviteSection, knockSection } from './invites.ts';
import { loadRoomSlices, type RoomSlice, type RoomWork } from './joined-rooms.ts';
import { leftRoomStates } from './left-rooms.ts';
import { type Ephemeral, roomAccountData, roomEphemeral } from './room-extras.ts';
import { roomSummaries } from './room-summaries.ts';
import { eventText, includesLeft, roomAllowed, roomFilters, wantsThreadCounts } from './sync-filter.ts';
import type { SyncScope } from './sync-request.ts';

/** The `rooms` member of a sync answer. */
export interface RoomsSection {
  /** JSON text; undefined without news. */
  text: string | undefined;
  /** Rooms that the reader has come into since the last sync. */
  newlyJoined: number[];
  /** Users whose member events the answer shows, for presence. */
  newlyLeft: number[];
}

interface Sorted {
  joined: RoomWork[];
  /** Rooms of which only receipts, typing, account data or counts are new. */
  quiet: UserRoom[];
  left: RoomWork[];
  invited: UserRoom[];
  knocked: UserRoom[];
}

/** Builds everything that a sync says of rooms. */
export async function roomsSection(ctx: Context, scope: SyncScope): Promise<RoomsSection> {
  const filters = roomFilters(scope.request.filter);
  const accountData = await roomAccountData(ctx, scope);
  const sorted = await sortRooms(ctx, scope, accountData);
  const slices = await loadRoomSlices(ctx, scope, [...sorted.joined, ...sorted.left], filters);
  await leftRoomStates(ctx, slices, filters.state);
  const rooms = [...sorted.joined.map((w) => w.room), ...sorted.quiet];
  const roomNids = rooms.map((room) => room.roomNid);
  const [ephemeral, counts, summaries, relations] = await Promise.all([
    roomEphemeral(ctx, scope, sorted.joined, sorted.quiet),
    roomNids.length > 0 ? getUnreadCounts(ctx.db, scope.request.userId, roomNids) : new Map<number, UnreadCounts>(),
    roomSummaries(ctx, scope, slices),
    aggregations(ctx, scope, slices),
  ]);

  const viewer: Viewer = { userId: scope.request.userId, deviceId: scope.request.deviceId, now: scope.time };
  const bySlice = new Map(slices.map((slice) => [slice.work.room.roomNid, slice]));
  const join: Record<string, string | undefined> = {};
  for (const room of rooms) {
    const slice = bySlice.get(room.roomNid);
    join[room.roomId] = joinedRoom(scope, room, slice, viewer, {
      ephemeral: ephemeral.get(room.roomNid),
      accountData: accountData.get(room.roomNid),
      counts: counts.get(room.roomNid),
      summary: summaries.get(room.roomNid),
      relations,
    });
  }
  const leave: Record<string, string | undefined> = {};
  for (const { room } of sorted.left) {
    const slice = bySlice.get(room.roomNid) as RoomSlice;
    leave[room.roomId] = jsonObject({
      ...timelineAndState(scope, slice, viewer, relations),
      account_data: jsonEvents(accountData.get(room.roomNid) ?? []) ?? '{"events":[]}',
    });
  }
  const invite = await inviteSection(ctx, scope, sorted.invited);
  const knock = await knockSection(ctx, scope, sorted.knocked);
  const some = (members: Record<string, string | undefined>) =>
    Object.values(members).some((text) => text !== undefined) ? jsonObject(members) : undefined;
  const sections = { join: some(join), invite: some(invite), knock: some(knock), leave: some(leave) };
  const news = Object.values(sections).some((text) => text !== undefined);
  const known = scope.request.since !== undefined;
  return {
    text: news ? jsonObject(sections) : undefined,
    newlyJoined: known ? sorted.joined.filter((w) => w.fresh).map((w) => w.room.roomNid) : [],
    newlyLeft: known ? sorted.left.map((w) => w.room.roomNid) : [],
  };
}

async function sortRooms(ctx: Context, scope: SyncScope, accountData: Map<number, string[]>): Promise<Sorted> {
  const { request, since, now } = scope;
  const { changes, typing } = ctx.sync;
  const all = [...(await ctx.sync.userRooms.of(request.userId)).values()].filter((room) =>
    roomAllowed(request.filter, room.roomId),
  );
  const initial = request.since === undefined;
  const moved = all.filter((room) => room.position > since.events && room.position <= now.events);
  const before = initial
    ? new Map<number, MembershipStretch>()
    : await getMembershipStretches(
        ctx.db,
        request.userId,
        moved.map((r) => r.roomNid),
        since.events,
      );
  const movedNids = new Set(moved.map((room) => room.roomNid));
  const joined = all.filter((room) => room.membership === 'join');
  const unsure = joined.filter((room) => !initial && changes.rooms.mayHaveChanged(room.roomNid, since.events));
  const changed = new Set(
    since.events < changes.rooms.floor
      ? await getChangedRooms(
          ctx.db,
          unsure.map((r) => r.roomNid),
          since.events,
        )
      : unsure.map((r) => r.roomNid),
  );

  const sorted: Sorted = { joined: [], quiet: [], left: [], invited: [], knocked: [] };
  for (const room of joined) {
    const fresh = initial || (movedNids.has(room.roomNid) && before.get(room.roomNid)?.previous !== 'join');
    if (fresh || request.fullState || changed.has(room.roomNid)) {
      sorted.joined.push({ room, fresh, fullState: request.fullState, to: now.events });
    } else if (
      accountData.has(room.roomNid) ||
      changes.receipts.mayHaveChanged(room.roomNid, since.receipts) ||
      (typing.get(room.roomNid)?.position ?? 0) > since.typing
    ) {
      sorted.quiet.push(room);
    }
  }
  for (const room of all) {
    if (room.membership === 'join' || room.position > now.events) continue;
    const isNew = initial || movedNids.has(room.roomNid);
    if (room.membership === 'invite' && isNew && !scope.ignored.has(room.sender)) sorted.invited.push(room);
    if (room.membership === 'knock' && isNew) sorted.knocked.push(room);
    if (room.membership !== 'leave' && room.membership !== 'ban') continue;
    if (initial ? includesLeft(request.filter) : isNew) {
      const was = before.get(room.roomNid);
      sorted.left.push({
        room,
        // Came and went since the last sync: the room is new to the reader, as it was on leaving.
        fresh: initial || (was?.previous !== 'join' && was?.wasJoined === true),
        fullState: false,
        to: room.position,
      });
    }
  }
  return sorted;
}

async function aggregations(ctx: Context, scope: SyncScope, slices: RoomSlice[]) {
  const rows = slices
    .flatMap((slice) => slice.timeline.map(({ row }) => row))
    .filter((row) => ctx.sync.related.mayHaveChanged(row.eventId, row.position ?? 0));
  return rows.length > 0 ? bundleAggregations(ctx, scope.request.userId, rows) : new Map();
}

type Relations = Awaited<ReturnType<typeof bundleAggregations>>;

function timelineAndState(scope: SyncScope, slice: RoomSlice, viewer: Viewer, relations: Relations) {
  const { filter, useStateAfter } = scope.request;
  const timeline = slice.timeline.map(({ row, membership }) =>
    eventText(filter, clientEventJson(row, viewer, { membership, relations: relations.get(row.eventNid) })),
  );
  const state = slice.state.map((row) => eventText(filter, clientEventJson(row, viewer)));
  return {
    timeline: jsonObject({
      events: jsonArray(timeline),
      limited: String(slice.limited),
      prev_batch: JSON.stringify(slice.prevBatch),
    }),
    [useStateAfter ? 'state_after' : 'state']: `{"events":${jsonArray(state)}}`,
  };
}

function joinedRoom(
  scope: SyncScope,
  room: UserRoom,
  slice: RoomSlice | undefined,
  viewer: Viewer,
  extras: {
    ephemeral: Ephemeral | undefined;
    accountData: string[] | undefined;
    counts: UnreadCounts | undefined;
    summary: string | undefined;
    relations: Relations;
  },
): string | undefined {
  const shown =
    slice && (slice.work.fresh || slice.work.fullState || slice.timeline.length > 0 || slice.state.length > 0);
  const news = shown || extras.ephemeral || extras.accountData;
  // A receipt of the reader's own changes the counts although it may be shown to nobody.
  if (!news) return undefined;
  const empty: RoomSlice | undefined = shown
    ? slice
    : {
        work: { room, fresh: false, fullState: false, to: 0 },
        timeline: [],
        limited: false,
        prevBatch: `s${scope.now.events}`,
        state: [],
      };
  const withThreads = wantsThreadCounts(scope.request.filter);
  const main = countsOf(extras.counts, withThreads);
  return jsonObject({
    ...timelineAndState(scope, empty as RoomSlice, viewer, extras.relations),
    ephemeral: `{"events":${jsonArray(extras.ephemeral?.events ?? [])}}`,
    account_data: `{"events":${jsonArray(extras.accountData ?? [])}}`,
    unread_notifications: JSON.stringify({ notification_count: main.notify, highlight_count: main.highlight }),
    unread_thread_notifications: withThreads ? threadCounts(extras.counts) : undefined,
    summary: extras.summary,
  });
}

function countsOf(counts: UnreadCounts | undefined, withThreads: boolean): { notify: number; highlight: number } {
  const main = { ...(counts?.main ?? { notify: 0, highlight: 0 }) };
  if (!withThreads) {
    for (const thread of counts?.threads.values() ?? []) {
      main.notify += thread.notify;
      main.highlight += thread.highlight;
    }
  }
  return main;
}

function threadCounts(counts: UnreadCounts | undefined): string {
  const threads: Record<string, string> = {};
  for (const [root, { notify, highlight }] of counts?.threads ?? []) {
    if (notify > 0 || highlight > 0) {
      threads[root] = JSON.stringify({ notification_count: notify, highlight_count: highlight });
    }
  }
  return jsonObject(threads);
}
