import { forbidden } from '../../spec/errors.ts';
import type { Pdu } from '../../spec/events.ts';
import { isJsonObject } from '../../spec/json.ts';
import { PowerLevels } from '../../spec/power-levels.ts';
import {
  getJoinedAmong,
  getJoinedLocals,
  getMembershipsByRoomId,
  isInAnyRoom,
} from '../../storage/rooms/memberships.ts';
import { getCurrentStateEvents } from '../../storage/rooms/room-facts.ts';
import type { Context } from '../context.ts';
import { visiblePdu } from '../events/client-event.ts';
import type { Room } from './room-lookup.ts';
import { allowedRoomIds } from './room-summary.ts';

const MOST_CANDIDATES = 50;

/** What a join rule comes to for somebody without an invite. */
export type RestrictedJoin =
  /** The rule is another one. */
  | { outcome: 'unrestricted' }
  /** Joins count with this user of this server vouching for them. */
  | { outcome: 'vouched'; by: string }
  /** The user is in none of the rooms. */
  | { outcome: 'unmet' }
  /** This server is in none of the rooms and so cannot tell. */
  | { outcome: 'unknown' }
  /** Nobody of this server may invite. */
  | { outcome: 'nobody-to-vouch' };

/**
 * Looks what a join without an invite needs where the join rule is `restricted` or `knock_restricted`: membership of one
 * of the rooms in the rule, and a local user who may invite and vouches for it (client-server API, restricted rooms).
 */
export async function lookAtRestrictedJoin(ctx: Context, room: Room, userId: string): Promise<RestrictedJoin> {
  if (!room.version.restricted) return { outcome: 'unrestricted' };
  const rows = await getCurrentStateEvents(ctx.db, room.roomNid, [
    ['m.room.join_rules', ''],
    ['m.room.power_levels', ''],
    ['m.room.create', ''],
  ]);
  const find = (type: string): Pdu | undefined => {
    const row = rows.find((r) => r.type === type);
    return row && visiblePdu(row);
  };
  const joinRules = find('m.room.join_rules')?.content;
  const rule = joinRules?.['join_rule'];
  if (rule !== 'restricted' && !(rule === 'knock_restricted' && room.version.knockRestricted)) {
    return { outcome: 'unrestricted' };
  }
  const allowed = allowedRoomIds(joinRules);
  const memberships = await getMembershipsByRoomId(ctx.db, userId, allowed);
  if (!memberships.some((m) => m.membership === 'join')) {
    const isKnown = allowed.length === 0 || (await isInAnyRoom(ctx.db, allowed));
    return { outcome: isKnown ? 'unmet' : 'unknown' };
  }
  const by = await findVouchingUser(ctx, room, find('m.room.power_levels'), find('m.room.create'));
  return by === undefined ? { outcome: 'nobody-to-vouch' } : { outcome: 'vouched', by };
}

/**
 * {@link lookAtRestrictedJoin} for a user of this server.
 *
 * @returns the vouching user; undefined where the join rule asks for none.
 * @throws MatrixError 403 M_FORBIDDEN when no condition is met, or nobody here may vouch.
 */
export async function authoriseRestrictedJoin(ctx: Context, room: Room, userId: string): Promise<string | undefined> {
  const join = await lookAtRestrictedJoin(ctx, room, userId);
  switch (join.outcome) {
    case 'unrestricted':
      return undefined;
    case 'vouched':
      return join.by;
    case 'nobody-to-vouch':
      throw forbidden('Nobody of this server may invite to the room and so vouch for you.');
    default:
      throw forbidden('You are in none of the rooms whose members may join this room.');
  }
}

async function findVouchingUser(
  ctx: Context,
  room: Room,
  levelsEvent: Pdu | undefined,
  create: Pdu | undefined,
): Promise<string | undefined> {
  const levels = new PowerLevels(levelsEvent, create, room.version);
  const needed = levels.level('invite');
  const users = levelsEvent?.content['users'];
  const named = [room.creator, ...additionalCreators(create), ...(isJsonObject(users) ? Object.keys(users) : [])];
  const able = [...new Set(named)].filter((userId) => levels.userLevel(userId) >= needed && !userId.includes('\0'));
  const joined = await getJoinedAmong(ctx.db, room.roomNid, able);
  joined.sort((a, b) => levels.userLevel(b) - levels.userLevel(a) || (a < b ? -1 : 1));
  if (joined[0] !== undefined) return joined[0];
  if (levels.level('users_default') < needed) return undefined;
  const locals = await getJoinedLocals(ctx.db, room.roomNid, MOST_CANDIDATES);
  return locals.find((userId) => levels.userLevel(userId) >= needed);
}

function additionalCreators(create: Pdu | undefined): string[] {
  const more = create?.content['additional_creators'];
  return Array.isArray(more) ? more.filter((userId) => typeof userId === 'string') : [];
}
