import { invalidParam, type MatrixError, notFound } from '../../spec/errors.ts';
import type { JsonValue } from '../../spec/json.ts';
import {
  deleteBackup as deleteBackupRow,
  getBackup,
  getCurrentBackup,
  insertBackup,
  lockBackup,
  type StoredBackup,
  setBackupAuthData,
} from '../../storage/e2ee/key-backups.ts';
import type { Context } from '../context.ts';

/** How clients see a backup. */
export interface BackupInfo {
  algorithm: string;
  auth_data: JsonValue;
  count: number;
  etag: string;
  version: string;
}

/** Makes a new backup, which becomes the current one. Returns its version. */
export async function createBackup(
  ctx: Context,
  userId: string,
  backup: { algorithm: string; authData: JsonValue },
): Promise<string> {
  const row = { algorithm: backup.algorithm, authData: JSON.stringify(backup.authData) };
  return String(await ctx.db.tx((tx) => insertBackup(tx, userId, row)));
}

/**
 * A backup as clients see it.
 * @param version absent: the current one
 * @throws MatrixError 404 M_NOT_FOUND
 */
export async function backupInfo(ctx: Context, userId: string, version: string | undefined): Promise<BackupInfo> {
  const backup =
    version === undefined ? await getCurrentBackup(ctx.db, userId) : await findBackup(ctx, userId, version);
  if (!backup) throw notFound('You have no backup.');
  return {
    algorithm: backup.algorithm,
    auth_data: JSON.parse(backup.authData),
    count: backup.count,
    etag: String(backup.etag),
    version: String(backup.version),
  };
}

/**
 * Changes `auth_data`, the only part of a backup that may change.
 * @param change `version` of the body has to be that of the path if it is there.
 * @throws MatrixError 404 M_NOT_FOUND, 400 M_INVALID_PARAM
 */
export async function updateBackup(
  ctx: Context,
  userId: string,
  version: string,
  change: { algorithm: string; authData: JsonValue; version?: string | null },
): Promise<void> {
  if ((change.version ?? version) !== version) throw invalidParam('The version in the body is not that in the path.');
  const backup = await findBackup(ctx, userId, version);
  if (backup.algorithm !== change.algorithm) throw invalidParam('The algorithm of a backup cannot change.');
  await setBackupAuthData(ctx.db, backup.backupNid, JSON.stringify(change.authData));
}

/**
 * Deletes a backup with its keys; once more does no harm.
 * @throws MatrixError 404 M_NOT_FOUND when there never was such a backup.
 */
export async function deleteBackup(ctx: Context, userId: string, version: string): Promise<void> {
  await ctx.db.tx(async (tx) => {
    const backup = await lockBackup(tx, userId, numberOf(version));
    if (!backup) throw unknownBackup();
    if (!backup.deleted) await deleteBackupRow(tx, backup.backupNid);
  });
}

/** @throws MatrixError 404 M_NOT_FOUND */
export async function findBackup(ctx: Context, userId: string, version: string): Promise<StoredBackup> {
  const backup = await getBackup(ctx.db, userId, numberOf(version));
  if (!backup || backup.deleted) throw unknownBackup();
  return backup;
}

/** The number of a version; 404 for what can't be one. */
export function numberOf(version: string): number {
  if (!/^[1-9]\d{0,14}$/.test(version)) throw unknownBackup();
  return Number(version);
}

/** 404 for a backup that is not there. */
export function unknownBackup(): MatrixError {
  return notFound('There is no such backup.');
}
