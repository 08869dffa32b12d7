import { forbidden } from '../../spec/errors.ts';
import { getSharingUsers } from '../../storage/device-lists/device-lists.ts';
import type { Context } from '../context.ts';

/**
 * Presence is for those who share a room.
 * @throws MatrixError 403 M_FORBIDDEN otherwise.
 */
export async function requireSharedRoom(ctx: Context, userId: string, other: string): Promise<void> {
  if (userId === other) return;
  const sharing = await getSharingUsers(ctx.db, userId, [other.replaceAll('\0', '')]);
  if (sharing.size === 0) throw forbidden('You share no room with this user.');
}
