import { Buffer } from 'node:buffer';
import { invalidParam } from '../../spec/errors.ts';
import { isCompliantUserId, isRoomId } from '../../spec/ids.ts';
import { getMutualRooms } from '../../storage/timeline/members.ts';
import type { Context } from '../context.ts';

const PAGE = 500;

/** Rooms that two users share. */
export interface MutualRooms {
  roomIds: string[];
  /** How many there are in all. */
  count: number;
  nextBatch: string | undefined;
}

/**
 * A page of the rooms that the user and another one are both in, by room id.
 * @param from token of the page before.
 * @throws MatrixError 400 M_INVALID_PARAM for the user's own id, an id that is none, or a wrong token.
 */
export async function mutualRooms(
  ctx: Context,
  userId: string,
  other: string,
  from: string | undefined,
): Promise<MutualRooms> {
  if (!isCompliantUserId(other)) throw invalidParam('user_id is not a user id.');
  if (other === userId) throw invalidParam('user_id is your own.');
  const after = from === undefined ? '' : Buffer.from(from, 'base64url').toString();
  if (from !== undefined && !isRoomId(after)) throw invalidParam('from is not a token that this server has given.');
  const { roomIds, count } = await getMutualRooms(ctx.db, [userId, other], { after, limit: PAGE + 1 });
  const page = roomIds.slice(0, PAGE);
  const last = page.at(-1);
  const more = roomIds.length > PAGE && last !== undefined;
  return { roomIds: page, count, nextBatch: more ? Buffer.from(last).toString('base64url') : undefined };
}
