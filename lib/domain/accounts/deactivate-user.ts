import {
  deletePendingParting,
  getPendingPartings,
  getRoomsToLeave,
  insertPendingParting,
} from '../../storage/accounts/partings.ts';
import { deleteThreepids } from '../../storage/accounts/threepids.ts';
import { getUser, markDeactivated } from '../../storage/accounts/users.ts';
import { deleteProfile } from '../../storage/profiles/profiles.ts';
import type { Context } from '../context.ts';
import { changeSessions } from './change-sessions.ts';
import { deleteAllDevices } from './delete-devices.ts';
import { userDeactivations } from './user-hooks.ts';

const ROOMS_AT_ONCE = 8;
const USERS_AT_ONCE = 100;

/**
 * Ends an account for good: nobody can log in, its devices and addresses go, and it leaves its rooms. The name stays
 * taken. What fails on the way is finished by {@link partDeactivatedUsers}.
 */
export async function deactivateUser(ctx: Context, userId: string, options: { erase: boolean }): Promise<void> {
  await changeSessions(ctx, userId, async (tx) => {
    await markDeactivated(tx, userId, { ts: ctx.clock.now(), erase: options.erase });
    await deleteThreepids(tx, userId);
    await deleteProfile(tx, userId);
    await insertPendingParting(tx, userId);
  });
  await deleteAllDevices(ctx, userId);
  await part(ctx, userId);
}

/** Finishes deactivations that were interrupted. A job of the background unit. */
export async function partDeactivatedUsers(ctx: Context): Promise<void> {
  for (const userId of await getPendingPartings(ctx.db, USERS_AT_ONCE)) {
    await deleteAllDevices(ctx, userId);
    await part(ctx, userId);
  }
}

async function part(ctx: Context, userId: string): Promise<void> {
  const rooms = await getRoomsToLeave(ctx.db, userId);
  let failures = 0;
  const attempt = async (what: string, step: () => Promise<unknown>) => {
    try {
      await step();
    } catch (error) {
      failures++;
      ctx.log.warn({ err: error, userId }, what);
    }
  };
  const leave = async () => {
    for (let roomId = rooms.pop(); roomId !== undefined; roomId = rooms.pop()) {
      const room = roomId;
      await attempt('a deactivated user could not leave a room', () => leaveRoom(ctx, userId, room));
    }
  };
  await Promise.all(Array.from({ length: ROOMS_AT_ONCE }, leave));
  const erased = (await getUser(ctx.db, userId))?.erased ?? false;
  for (const step of userDeactivations) {
    await attempt('something of a deactivated user could not be removed', () => step(ctx, { userId, erased }));
  }
  if (failures === 0) await deletePendingParting(ctx.db, userId);
}

async function leaveRoom(ctx: Context, userId: string, roomId: string): Promise<void> {
  const content = { membership: 'leave' };
  await ctx.writers.events.send({
    roomId,
    event: { type: 'm.room.member', stateKey: userId, sender: userId, content },
  });
}
