import type { JsonObject } from '../../spec/json.ts';
import { getPeersPresence, getRoomsPresence, type StoredPresence } from '../../storage/presence/presence.ts';
import type { Context } from '../context.ts';
import { ANY_USER } from '../e2ee/device-list-changes.ts';
import type { SyncScope } from '../sync/sync-request.ts';

/** Presence that is new to the reader of a sync, as JSON texts of `m.presence` events. */
export async function presenceEvents(ctx: Context, scope: SyncScope, newlyJoined: number[]): Promise<string[]> {
  if (!ctx.config.presence.enabled) return [];
  const { request, since, now } = scope;
  const moved = ctx.sync.changes.presence.mayHaveChanged(ANY_USER, since.presence);
  const rows = [
    ...(moved ? await getPeersPresence(ctx.db, request.userId, since.presence, now.presence) : []),
    ...(await getRoomsPresence(ctx.db, newlyJoined)),
  ];
  const latest = new Map(rows.map((row) => [row.userId, row]));
  return [...latest.values()]
    .filter((row) => request.since !== undefined || row.presence !== 'offline')
    .map((row) =>
      JSON.stringify({ type: 'm.presence', sender: row.userId, content: presenceContent(row, scope.time) }),
    );
}

/** Content of an `m.presence` event (client-server API, presence). */
export function presenceContent(row: StoredPresence, now: number): JsonObject {
  const content: JsonObject = { presence: row.presence };
  if (row.lastActiveTs > 0) content['last_active_ago'] = Math.max(now - row.lastActiveTs, 0);
  if (row.statusMsg !== null) content['status_msg'] = row.statusMsg;
  if (row.presence === 'online') content['currently_active'] = row.currentlyActive;
  return content;
}
