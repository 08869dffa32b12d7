import type { JsonObject } from '../../spec/json.ts';
import { getJoinedUsers, getMovedUsers, getSharingUsers } from '../../storage/device-lists/device-lists.ts';
import { getPeersPresence, getPresence, type StoredPresence } from '../../storage/presence/presence.ts';
import type { Context } from '../context.ts';
import { ANY_USER } from '../e2ee/device-list-changes.ts';
import { presenceOfWanted } from '../sync/sync-filter.ts';
import type { SyncScope } from '../sync/sync-request.ts';

// A newcomer to a very large room hears of the others as they change.
const MOST_MET = 500;

/** Presence that is new to the reader of a sync, as JSON texts of `m.presence` events. */
export async function presenceEvents(ctx: Context, scope: SyncScope, newlyJoined: number[]): Promise<string[]> {
  if (!ctx.config.presence.enabled) return [];
  const { filter, since } = scope.request;
  const met = await newlyMet(ctx, scope, newlyJoined);
  const rows = [...met.map(neverHeardOf), ...(await getPresence(ctx.db, met)), ...(await changedPresence(ctx, scope))];
  const latest = new Map(rows.map((row) => [row.userId, row]));
  return [...latest.values()]
    .filter((row) => (since !== undefined || row.presence !== 'offline') && presenceOfWanted(filter, row.userId))
    .map((row) =>
      JSON.stringify({ type: 'm.presence', sender: row.userId, content: presenceContent(row, scope.viewer.now) }),
    );
}

/** Changes of the reader's presence and of that of everybody in the same rooms. From memory where they are recent. */
async function changedPresence(ctx: Context, scope: SyncScope): Promise<StoredPresence[]> {
  const { request, since, now, rooms } = scope;
  if (!ctx.sync.changes.presence.mayHaveChanged(ANY_USER, since.presence)) return [];
  const recent = ctx.sync.presence?.between(since.presence, now.presence);
  if (!recent) return getPeersPresence(ctx.db, request.userId, since.presence, now.presence);
  const peers = [];
  for (const row of new Map(recent.map((row) => [row.userId, row])).values()) {
    if (row.userId === request.userId || (await shareRoom(ctx, rooms, row.userId))) peers.push(row);
  }
  return peers;
}

async function shareRoom(ctx: Context, rooms: SyncScope['rooms'], userId: string): Promise<boolean> {
  for (const [roomNid, { membership }] of await ctx.sync.userRooms.of(userId)) {
    if (membership === 'join' && rooms.get(roomNid)?.membership === 'join') return true;
  }
  return false;
}

/** Members of rooms that the reader has come into, and users who have come into the reader's rooms. */
async function newlyMet(ctx: Context, scope: SyncScope, newlyJoined: number[]): Promise<string[]> {
  const { request, since, now } = scope;
  if (!request.since) return [];
  const stirred = [...scope.rooms.values()]
    .filter((room) => room.membership === 'join')
    .map((room) => room.roomNid)
    .filter((roomNid) => ctx.sync.changes.members.mayHaveChanged(roomNid, since.events));
  if (stirred.length === 0 && newlyJoined.length === 0) return [];
  const [hosts, comers] = await Promise.all([
    getJoinedUsers(ctx.db, newlyJoined),
    getMovedUsers(ctx.db, stirred, since.events, now.events),
  ]);
  const others = [...new Set([...hosts, ...comers])].filter((userId) => userId !== request.userId);
  const sharing = await getSharingUsers(ctx.db, request.userId, others);
  return others.filter((userId) => sharing.has(userId)).slice(0, MOST_MET);
}

function neverHeardOf(userId: string): StoredPresence {
  return { position: 0, userId, presence: 'offline', statusMsg: null, lastActiveTs: 0, currentlyActive: false };
}

/** Content of an `m.presence` event (client-server API, presence). */
export function presenceContent(row: StoredPresence, now: number): JsonObject {
  const content: JsonObject = { presence: row.presence };
  if (row.lastActiveTs > 0) content['last_active_ago'] = Math.max(now - row.lastActiveTs, 0);
  if (row.statusMsg !== null) content['status_msg'] = row.statusMsg;
  if (row.presence === 'online') content['currently_active'] = row.currentlyActive;
  return content;
}
