import { notFound } from '../../spec/errors.ts';
import { getAccountData } from '../../storage/account-data/account-data.ts';
import type { Context } from '../context.ts';
import { pushRulesOf } from '../push/push-rules.ts';
import { findRoom } from '../rooms/room-lookup.ts';

/**
 * Content of account data as JSON text. `roomId` null is global.
 * @throws MatrixError 404 M_NOT_FOUND when there is none.
 */
export async function accountDataOf(
  ctx: Context,
  userId: string,
  roomId: string | null,
  type: string,
): Promise<string> {
  if (type.includes('\0')) throw notFound('There is no account data of this type.');
  if (roomId === null && type === 'm.push_rules') return JSON.stringify(await pushRulesOf(ctx, userId));
  const roomNid = roomId === null ? null : (await findRoom(ctx, roomId))?.roomNid;
  const json = roomNid === undefined ? undefined : await getAccountData(ctx.db, userId, roomNid, type);
  if (json === undefined) throw notFound('There is no account data of this type.');
  return json;
}
