import { z } from 'zod';
import { MatrixError } from '../../spec/errors.ts';
import { getRoomNid } from '../../storage/admin/purge-room.ts';
import { getMembers, moveAliases, setBlocked } from '../../storage/admin/rooms.ts';
import { markForgotten } from '../../storage/rooms/memberships.ts';
import type { Context } from '../context.ts';
import { memberProfile } from '../profiles/profile.ts';
import { createRoom } from '../rooms/create-room.ts';
import { sendMember } from '../rooms/member-event.ts';
import { findRoom, type Room } from '../rooms/room-lookup.ts';
import { type JobControl, type JobHandler, startJob } from './background-job.ts';
import { purgeRoom } from './purge-room.ts';

export const DELETE_ROOM = 'shutdown_and_purge_room';

const schema = z.object({
  roomId: z.string(),
  /** The administrator. */
  by: z.string(),
  block: z.boolean(),
  /** Delete all that is stored of it. */
  purge: z.boolean(),
  /** Purge even if somebody of this server could not be taken out. */
  forcePurge: z.boolean(),
  /** Who makes a room that takes the users and aliases over; null for none. */
  newRoomUserId: z.string().nullable(),
  newRoomName: z.string(),
  message: z.string(),
});

/** How a room is to end. */
export type RoomDeletion = z.output<typeof schema>;

/** What was done so far, as the admin API tells it. */
export type ShutdownResult = {
  kicked_users: string[];
  failed_to_kick_users: string[];
  local_aliases: string[];
  new_room_id: string | null;
};

/** Hands the deletion of a room to the background unit. Returns the job's id. */
export function startRoomDeletion(ctx: Context, deletion: RoomDeletion): Promise<string> {
  return startJob(ctx, { action: DELETE_ROOM, resource: deletion.roomId, params: deletion });
}

/** What was done, from what a job has written down: nothing yet where it has not. */
export function shutdownResult(written: Record<string, unknown> = {}): ShutdownResult {
  return { kicked_users: [], failed_to_kick_users: [], local_aliases: [], new_room_id: null, ...written };
}

/** Takes everybody of this server out of a room and deletes it. */
export const deleteRoom: JobHandler = async (ctx, params, control) => {
  const deletion = schema.parse(params);
  const { roomId } = deletion;
  if (deletion.block) await setBlocked(ctx.db, roomId, deletion.by);
  const room = await findRoom(ctx, roomId);
  let done = shutdownResult(control.result);
  if (room) done = await shutDown(ctx, room, deletion, control, done);
  await control.save(done);
  if (!deletion.purge) return;
  if (done.failed_to_kick_users.length > 0 && !deletion.forcePurge) {
    throw new MatrixError(500, 'M_UNKNOWN', 'Users of this server are still in the room.');
  }
  // A room that is hidden already was left by an interrupted purge.
  const roomNid = room?.roomNid ?? (await getRoomNid(ctx.db, roomId));
  if (roomNid !== undefined) await purgeRoom(ctx, { roomNid, roomId }, control);
};

async function shutDown(
  ctx: Context,
  room: Room,
  deletion: RoomDeletion,
  control: JobControl,
  before: ShutdownResult,
): Promise<ShutdownResult> {
  const done: ShutdownResult = { ...before, failed_to_kick_users: [] };
  if (deletion.newRoomUserId !== null && done.new_room_id === null) {
    done.new_room_id = await makeNewRoom(ctx, deletion.newRoomUserId, deletion);
    await control.save(done);
  }
  for (const member of await getMembers(ctx.db, room.roomNid, ['join', 'invite', 'knock'])) {
    if (!member.local) continue;
    control.proceed();
    const { userId } = member;
    try {
      await sendMember(ctx, room, { sender: userId, userId, content: { membership: 'leave' } });
      await markForgotten(ctx.db, room.roomNid, userId);
      if (done.new_room_id !== null) await enterNewRoom(ctx, done.new_room_id, userId);
      done.kicked_users.push(userId);
    } catch (error) {
      ctx.log.warn({ err: error, roomId: room.roomId, userId }, 'a user could not be taken out of a room');
      done.failed_to_kick_users.push(userId);
    }
    await control.save(done);
  }
  if (done.new_room_id !== null) {
    done.local_aliases.push(...(await moveAliases(ctx.db, room.roomNid, done.new_room_id)));
  }
  return done;
}

/** The room in which users read why theirs is gone: they cannot speak in it. */
async function makeNewRoom(ctx: Context, userId: string, deletion: RoomDeletion): Promise<string> {
  const requester = { userId, deviceId: null, isGuest: false, isAdmin: false, tokenId: 0 };
  const { roomId } = await createRoom(ctx, requester, {
    preset: 'public_chat',
    isPublic: false,
    name: deletion.newRoomName,
    invites: [],
    threepidInvites: [],
    creationContent: {},
    initialState: [],
    powerLevelOverride: { users_default: -10 },
    isDirect: false,
  });
  const content = { msgtype: 'm.text', body: deletion.message };
  await ctx.writers.events.send({ roomId, event: { type: 'm.room.message', sender: userId, content } });
  return roomId;
}

async function enterNewRoom(ctx: Context, roomId: string, userId: string): Promise<void> {
  const room = await findRoom(ctx, roomId);
  if (!room) return;
  const content = { ...(await memberProfile(ctx, userId)), membership: 'join' };
  await sendMember(ctx, room, { sender: userId, userId, content });
}
