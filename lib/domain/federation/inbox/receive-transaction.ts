import { badJson, invalidParam } from '../../../spec/errors.ts';
import { isJsonObject, type JsonObject } from '../../../spec/json.ts';
import { getRoomVersion, type RoomVersion } from '../../../spec/room-versions.ts';
import { getTransactionAnswer, type NewStagedPdu, stageTransaction } from '../../../storage/federation/inbox.ts';
import { getStagingRooms, type StagingRoom } from '../../../storage/federation/rooms.ts';
import type { Context } from '../../context.ts';
import { receiveEdus } from '../receive-edu.ts';
import { isServerAllowed } from '../server-acls.ts';
import { checkPdus } from './check-pdus.ts';
import { takeWithdrawal } from './withdrawals.ts';

const MOST_PDUS = 50;
const MOST_EDUS = 100;

/** A transaction as it comes. */
export interface Transaction {
  txnId: string;
  pdus: unknown[];
  edus: unknown[];
}

/** By event id: nothing, or why it was not taken. */
type Results = Record<string, { error?: string }>;

/**
 * Takes a transaction of another server in (server-server API, `PUT /send`): events are checked by form, access control
 * list and signature, and staged for the owners of their rooms; ephemeral messages are handed on. The same transaction is
 * taken in once and always gets the same answer.
 * @returns JSON text of the answer
 * @throws MatrixError 400 M_BAD_JSON for more than 50 events or 100 ephemeral messages.
 */
export async function receiveTransaction(ctx: Context, origin: string, transaction: Transaction): Promise<string> {
  const { txnId, pdus, edus } = transaction;
  if (txnId.includes('\0')) throw invalidParam('txnId holds a character that is not allowed.');
  if (pdus.length > MOST_PDUS) throw badJson(`pdus has more than ${MOST_PDUS} entries.`);
  if (edus.length > MOST_EDUS) throw badJson(`edus has more than ${MOST_EDUS} entries.`);
  const known = await getTransactionAnswer(ctx.db, origin, txnId);
  if (known !== undefined) return known;
  const results: Results = {};
  const staged: NewStagedPdu[] = [];
  const byRoom = Map.groupBy(pdus.filter(isJsonObject), (pdu) => String(pdu['room_id']));
  for (const room of await getStagingRooms(ctx.db, [...byRoom.keys()])) {
    staged.push(...(await checkRoom(ctx, origin, room, byRoom.get(room.roomId) as JsonObject[], results)));
  }
  // Before the transaction counts as taken: what is lost in between comes again.
  await receiveEdus(ctx, origin, edus);
  const answer = JSON.stringify({ pdus: results });
  if (!(await stageTransaction(ctx.db, { origin, txnId, answer, pdus: staged }))) {
    return (await getTransactionAnswer(ctx.db, origin, txnId)) ?? answer;
  }
  await wake(ctx, new Set(staged.map((pdu) => pdu.roomId)));
  return answer;
}

/** Checks a room's events and says in `results` what became of them. */
async function checkRoom(
  ctx: Context,
  origin: string,
  room: StagingRoom,
  pdus: JsonObject[],
  results: Results,
): Promise<NewStagedPdu[]> {
  const version = getRoomVersion(room.roomVersion) as RoomVersion;
  const isAllowed = await isServerAllowed(ctx, room.roomNid, origin);
  const staged: NewStagedPdu[] = [];
  const { roomId, slot } = room;
  for (const check of await checkPdus(ctx, { roomId, version }, pdus)) {
    if ('error' in check) {
      if (check.eventId !== undefined) results[check.eventId] = { error: check.error };
      continue;
    }
    const { eventId, pdu, signedBy } = check.checked;
    if (!isAllowed) results[eventId] = { error: `The room does not let the server ${origin} take part.` };
    else if (room.isPresent) {
      results[eventId] = {};
      staged.push({ slot, roomId, eventId, signedBy, pdu: JSON.stringify(pdu) });
    } else {
      results[eventId] = (await takeWithdrawal(ctx, origin, room, pdu))
        ? {}
        : { error: `This server is not in room ${roomId}.` };
    }
  }
  return staged;
}

/** Tells the rooms' owners. They look for themselves, too, so a word that gets lost costs a moment. */
async function wake(ctx: Context, roomIds: Iterable<string>): Promise<void> {
  await Promise.all(
    [...roomIds].map(async (roomId) => {
      try {
        await ctx.writers.events.drainInbox({ roomId });
      } catch (error) {
        ctx.log.debug({ err: error, roomId }, 'a room’s owner could not be told of its inbox');
      }
    }),
  );
}
