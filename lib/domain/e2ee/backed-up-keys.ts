import { invalidParam, MatrixError, notFound } from '../../spec/errors.ts';
import { fitsIdLength } from '../../spec/ids.ts';
import type { JsonObject, JsonValue } from '../../spec/json.ts';
import type { Queryable } from '../../storage/database.ts';
import {
  type BackedUpKey,
  type BackupState,
  deleteBackedUpKeys,
  getBackedUpKey,
  type KeySelection,
  putBackedUpKeys,
} from '../../storage/e2ee/backed-up-keys.ts';
import { getCurrentBackup, lockBackup, type StoredBackup } from '../../storage/e2ee/key-backups.ts';
import type { Context } from '../context.ts';
import { findBackup, numberOf, unknownBackup } from './backups.ts';

/** A room key as clients back it up (client-server API, `KeyBackupData`). */
export interface KeyBackupData {
  first_message_index: number;
  forwarded_count: number;
  is_verified: boolean;
  session_data: JsonValue;
}

/** What a client is told after a change. */
export interface BackupChange {
  count: number;
  etag: string;
}

/**
 * Backs room keys up. Of two keys of one session the better stays ("Backup of room keys": verified, lower first message
 * index, lower forwarded count).
 * @param rooms room id → session id → key
 * @throws MatrixError 403 M_WRONG_ROOM_KEYS_VERSION (with `current_version`) when that backup is not the current one, 404
 *   M_NOT_FOUND when there is none, 400 M_INVALID_PARAM for ids that can't be.
 */
export async function backUpKeys(
  ctx: Context,
  userId: string,
  version: string,
  rooms: Record<string, Record<string, KeyBackupData>>,
): Promise<BackupChange> {
  const keys = Object.entries(rooms).flatMap(([roomId, sessions]) =>
    Object.entries(sessions).map(([sessionId, data]) => stored(roomId, sessionId, data)),
  );
  return changeKeys(ctx, userId, version, async (tx, backup) => {
    const current = await getCurrentBackup(tx, userId);
    if (current?.backupNid !== backup.backupNid) {
      const extra = { current_version: String(current?.version) };
      throw new MatrixError(403, 'M_WRONG_ROOM_KEYS_VERSION', 'This is not the current backup.', extra);
    }
    return putBackedUpKeys(tx, backup.backupNid, keys);
  });
}

/**
 * Deletes keys from a backup.
 * @throws MatrixError 404 M_NOT_FOUND when there is no such backup.
 */
export function deleteKeys(ctx: Context, userId: string, version: string, which: KeySelection): Promise<BackupChange> {
  // The database takes no NUL, and nothing in it is named by one.
  const stored = (id: string) => id.replaceAll('\0', '\ufffd');
  const { roomId, sessionId } = which;
  const selection: KeySelection = {
    ...(roomId === undefined ? {} : { roomId: stored(roomId) }),
    ...(sessionId === undefined ? {} : { sessionId: stored(sessionId) }),
  };
  return changeKeys(ctx, userId, version, (tx, backup) => deleteBackedUpKeys(tx, backup.backupNid, selection));
}

/**
 * One key of a backup.
 * @throws MatrixError 404 M_NOT_FOUND
 */
export async function backedUpKey(
  ctx: Context,
  userId: string,
  version: string,
  key: { roomId: string; sessionId: string },
): Promise<JsonObject> {
  const backup = await findBackup(ctx, userId, version);
  const possible = isId(key.roomId) && isId(key.sessionId);
  const row = possible ? await getBackedUpKey(ctx.db, backup.backupNid, key.roomId, key.sessionId) : undefined;
  if (!row) throw notFound('There is no such key in the backup.');
  return {
    first_message_index: row.firstMessageIndex,
    forwarded_count: row.forwardedCount,
    is_verified: row.isVerified,
    session_data: JSON.parse(row.sessionData),
  };
}

async function changeKeys(
  ctx: Context,
  userId: string,
  version: string,
  change: (tx: Queryable, backup: StoredBackup) => Promise<BackupState>,
): Promise<BackupChange> {
  const { count, etag } = await ctx.db.tx(async (tx) => {
    const backup = await lockBackup(tx, userId, numberOf(version));
    if (!backup || backup.deleted) throw unknownBackup();
    return change(tx, backup);
  });
  return { count, etag: String(etag) };
}

function stored(roomId: string, sessionId: string, data: KeyBackupData): BackedUpKey {
  if (!isId(roomId) || !isId(sessionId)) {
    throw invalidParam('A room id or session id has U+0000 in it or is longer than 255 bytes.');
  }
  return {
    roomId,
    sessionId,
    firstMessageIndex: data.first_message_index,
    forwardedCount: data.forwarded_count,
    isVerified: data.is_verified,
    sessionData: JSON.stringify(data.session_data),
  };
}

function isId(text: string): boolean {
  return text !== '' && fitsIdLength(text) && !text.includes('\0') && text.isWellFormed();
}
