import { unknown } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { PowerLevels } from '../../spec/power-levels.ts';
import { getJoinedLocals } from '../../storage/rooms/memberships.ts';
import type { Context } from '../context.ts';
import { memberProfile } from '../profiles/profile.ts';
import { sendMember } from '../rooms/member-event.ts';
import { currentContent, membershipOf, powerLevelsOf, type Room } from '../rooms/room-lookup.ts';

const MOST_MEMBERS = 10_000;
const ADMIN_LEVEL = 100;

/**
 * Gives a user of this server as much power in a room as a local member has, and invites them where they could not enter
 * otherwise.
 * @throws MatrixError 400 M_UNKNOWN where no local member may change power levels; 403 M_FORBIDDEN.
 */
export async function makeRoomAdmin(ctx: Context, room: Room, userId: string): Promise<void> {
  const levels = await powerLevelsOf(ctx, room);
  const giver = await strongestLocal(ctx, room, levels);
  if (giver === undefined) throw unknown('No user of this server in the room may change its power levels.');
  const highest = levels.userLevel(giver);
  if (levels.userLevel(userId) < highest || !Number.isFinite(highest)) await promote(ctx, room, levels, giver, userId);
  const membership = await membershipOf(ctx, room.roomNid, userId);
  if (membership === 'join' || membership === 'invite') return;
  const rule = (await currentContent(ctx, room.roomNid, 'm.room.join_rules'))?.['join_rule'];
  if (rule === 'public') return;
  const content = { ...(await memberProfile(ctx, userId)), membership: 'invite' };
  await sendMember(ctx, room, { sender: giver, userId, content });
}

async function promote(ctx: Context, room: Room, levels: PowerLevels, giver: string, userId: string): Promise<void> {
  if (levels.isPrivilegedCreator(userId)) return;
  const content: JsonObject = (await currentContent(ctx, room.roomNid, 'm.room.power_levels')) ?? {};
  const users = (content['users'] ?? {}) as Record<string, number>;
  // A creator's power has no number: what is given is enough for everything that asks for one.
  const numbers = [...Object.values((content['events'] ?? {}) as Record<string, number>), ...Object.values(users)];
  const highest = levels.userLevel(giver);
  const level = Number.isFinite(highest)
    ? highest
    : Math.max(ADMIN_LEVEL, ...numbers.map(Number).filter(Number.isFinite));
  if (users[userId] === level) return;
  const event = {
    type: 'm.room.power_levels',
    stateKey: '',
    sender: giver,
    content: { ...content, users: { ...users, [userId]: level } },
  };
  await ctx.writers.events.send({ roomId: room.roomId, event });
}

async function strongestLocal(ctx: Context, room: Room, levels: PowerLevels): Promise<string | undefined> {
  const needed = levels.eventLevel('m.room.power_levels', true);
  let best: string | undefined;
  for (const member of await getJoinedLocals(ctx.db, room.roomNid, MOST_MEMBERS)) {
    const level = levels.userLevel(member);
    if (level >= needed && (best === undefined || level > levels.userLevel(best))) best = member;
  }
  return best;
}
