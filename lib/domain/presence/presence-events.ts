import type { JsonObject } from '../../spec/json.ts';
import { getJoinedUsers, getMovedUsers, getSharingUsers } from '../../storage/device-lists/device-lists.ts';
import { getPeersPresence, getPresence, type StoredPresence } from '../../storage/presence/presence.ts';
import type { Context } from '../context.ts';
import { ANY_USER } from '../e2ee/device-list-changes.ts';
import type { SyncScope } from '../sync/sync-request.ts';

// A newcomer to a very large room hears of the others as they change.
const MOST_MET = 500;

/** Presence that is new to the reader of a sync, as JSON texts of `m.presence` events. */
export async function presenceEvents(ctx: Context, scope: SyncScope, newlyJoined: number[]): Promise<string[]> {
  if (!ctx.config.presence.enabled) return [];
  const { request, since, now } = scope;
  const { presence } = ctx.sync.changes;
  const moved = presence.mayHaveChanged(ANY_USER, since.presence);
  const met = await newlyMet(ctx, scope, newlyJoined);
  const known = await getPresence(ctx.db, met);
  const rows = [
    ...met.map(neverHeardOf),
    ...known,
    ...(moved ? await getPeersPresence(ctx.db, request.userId, since.presence, now.presence) : []),
  ];
  const latest = new Map(rows.map((row) => [row.userId, row]));
  return [...latest.values()]
    .filter((row) => request.since !== undefined || row.presence !== 'offline')
    .map((row) =>
      JSON.stringify({ type: 'm.presence', sender: row.userId, content: presenceContent(row, scope.time) }),
    );
}

/** Members of rooms that the reader has come into, and users who have come into the reader's rooms. */
async function newlyMet(ctx: Context, scope: SyncScope, newlyJoined: number[]): Promise<string[]> {
  const { request, since, now } = scope;
  if (!request.since) return [];
  const rooms = [...(await ctx.sync.userRooms.of(request.userId)).values()].filter(
    (room) => room.membership === 'join',
  );
  const stirred = rooms
    .map((r) => r.roomNid)
    .filter((nid) => ctx.sync.changes.members.mayHaveChanged(nid, since.events));
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
