import { type BackedUpKey, getBackedUpKeys } from '../../storage/e2ee/backed-up-keys.ts';
import type { Context } from '../context.ts';
import { findBackup } from './backups.ts';

const PAGE = 500;

/**
 * All keys of a backup as the JSON text of an answer, `{"rooms": …}`, in pieces: there may be more of them than belong in
 * memory at once.
 * @throws MatrixError 404 M_NOT_FOUND, before the first piece
 */
export async function readBackup(ctx: Context, userId: string, version: string): Promise<AsyncGenerator<string>> {
  const { backupNid } = await findBackup(ctx, userId, version);
  return roomsText(pages(ctx, backupNid, undefined));
}

/** As {@link readBackup}, the keys of one room: `{"sessions": …}`. */
export async function readRoomBackup(
  ctx: Context,
  userId: string,
  version: string,
  roomId: string,
): Promise<AsyncGenerator<string>> {
  const { backupNid } = await findBackup(ctx, userId, version);
  return sessionsText(pages(ctx, backupNid, roomId.replaceAll('\0', '\ufffd')));
}

async function* pages(ctx: Context, backupNid: number, roomId: string | undefined): AsyncGenerator<BackedUpKey[]> {
  for (let after: BackedUpKey | undefined; ; ) {
    const rows = await getBackedUpKeys(ctx.db, backupNid, { roomId, after, limit: PAGE });
    yield rows;
    after = rows.at(-1);
    if (rows.length < PAGE) return;
  }
}

async function* roomsText(all: AsyncGenerator<BackedUpKey[]>): AsyncGenerator<string> {
  let room: string | undefined;
  yield '{"rooms":{';
  for await (const rows of all) {
    let text = '';
    for (const row of rows) {
      if (row.roomId === room) text += `,${member(row)}`;
      else text += `${room === undefined ? '' : '}},'}${JSON.stringify(row.roomId)}:{"sessions":{${member(row)}`;
      room = row.roomId;
    }
    yield text;
  }
  yield room === undefined ? '}}' : '}}}}';
}

async function* sessionsText(all: AsyncGenerator<BackedUpKey[]>): AsyncGenerator<string> {
  let comma = '';
  yield '{"sessions":{';
  for await (const rows of all) {
    if (rows.length === 0) continue;
    yield comma + rows.map(member).join(',');
    comma = ',';
  }
  yield '}}';
}

function member(row: BackedUpKey): string {
  return (
    `${JSON.stringify(row.sessionId)}:{"first_message_index":${row.firstMessageIndex},` +
    `"forwarded_count":${row.forwardedCount},"is_verified":${row.isVerified},"session_data":${row.sessionData}}`
  );
}
