import { isJsonObject, type JsonObject } from '../../../spec/json.ts';
import { getUsersInSharedRooms } from '../../../storage/federation/remote-devices.ts';
import type { PresenceState } from '../../../storage/presence/presence.ts';
import type { Context } from '../../context.ts';
import { userOfOrigin } from './user-of-origin.ts';

const STATES: readonly string[] = ['online', 'offline', 'unavailable', 'busy'] satisfies PresenceState[];
const MOST_USERS = 1_000;
const LONGEST_STATUS = 2_000;

/** `m.presence`: how users of another server are (server-server API, presence). */
export async function receivePresence(ctx: Context, origin: string, content: JsonObject): Promise<void> {
  if (!ctx.config.presence.enabled || !Array.isArray(content['push'])) return;
  const now = ctx.clock.now();
  const states = content['push'].slice(0, MOST_USERS).flatMap((push) => {
    if (!isJsonObject(push)) return [];
    const userId = userOfOrigin(origin, push['user_id']);
    const { presence, status_msg: status, last_active_ago: ago, currently_active: active } = push;
    if (userId === undefined || typeof presence !== 'string' || !STATES.includes(presence)) return [];
    const isAge = typeof ago === 'number' && ago >= 0 && ago <= now;
    const statusMsg = typeof status === 'string' ? status.replaceAll('\0', '').slice(0, LONGEST_STATUS) : null;
    return {
      userId,
      presence: presence as PresenceState,
      statusMsg,
      lastActiveTs: isAge ? Math.floor(now - ago) : 0,
      currentlyActive: active === true,
    };
  });
  const known = await getUsersInSharedRooms(
    ctx.db,
    states.map((state) => state.userId),
  );
  const shared = states.filter((state) => known.has(state.userId));
  if (shared.length > 0) await ctx.writers.presence.receive({ states: shared });
}
