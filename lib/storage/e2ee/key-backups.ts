import type { Queryable } from '../database.ts';
import { lockUser } from './cross-signing.ts';

/** A backup of room keys. */
export interface StoredBackup {
  backupNid: number;
  version: number;
  algorithm: string;
  /** JSON. */
  authData: string;
  etag: number;
  count: number;
  deleted: boolean;
}

const COLUMNS = `backup_nid AS "backupNid", version, algorithm, auth_data AS "authData", etag, count, deleted`;

/** Makes a backup with the next version. Needs a transaction. */
export async function insertBackup(
  tx: Queryable,
  userId: string,
  backup: Pick<StoredBackup, 'algorithm' | 'authData'>,
): Promise<number> {
  await lockUser(tx, userId);
  const [row] = await tx.query<{ version: number }>(
    `INSERT INTO key_backups (user_id, version, algorithm, auth_data)
     SELECT $1, coalesce(max(version), 0) + 1, $2, $3 FROM key_backups WHERE user_id = $1 RETURNING version`,
    [userId, backup.algorithm, backup.authData],
  );
  return (row as { version: number }).version;
}

/** A user's newest backup. */
export async function getCurrentBackup(db: Queryable, userId: string): Promise<StoredBackup | undefined> {
  const [row] = await db.query<StoredBackup>(
    `SELECT ${COLUMNS} FROM key_backups WHERE user_id = $1 AND NOT deleted ORDER BY version DESC LIMIT 1`,
    [userId],
  );
  return row;
}

/** The backup of that version, even if it is deleted. */
export async function getBackup(db: Queryable, userId: string, version: number): Promise<StoredBackup | undefined> {
  const [row] = await db.query<StoredBackup>(`SELECT ${COLUMNS} FROM key_backups WHERE user_id = $1 AND version = $2`, [
    userId,
    version,
  ]);
  return row;
}

/** As {@link getBackup}; nobody else changes it until the end of the transaction. */
export async function lockBackup(tx: Queryable, userId: string, version: number): Promise<StoredBackup | undefined> {
  const [row] = await tx.query<StoredBackup>(
    `SELECT ${COLUMNS} FROM key_backups WHERE user_id = $1 AND version = $2 FOR NO KEY UPDATE`,
    [userId, version],
  );
  return row;
}

/** Changes the data with which clients recognise a backup. */
export async function setBackupAuthData(db: Queryable, backupNid: number, authData: string): Promise<void> {
  await db.query('UPDATE key_backups SET auth_data = $2 WHERE backup_nid = $1 AND NOT deleted', [backupNid, authData]);
}

/** Deletes a backup with its keys. Needs a transaction in which it is locked. */
export async function deleteBackup(tx: Queryable, backupNid: number): Promise<void> {
  await tx.query(
    `UPDATE key_backups SET deleted = true, auth_data = 'null', count = 0, etag = etag + 1 WHERE backup_nid = $1`,
    [backupNid],
  );
  await tx.query('DELETE FROM backed_up_keys WHERE backup_nid = $1', [backupNid]);
}

/** Deletes all backups of a user. */
export async function deleteBackups(tx: Queryable, userId: string): Promise<void> {
  await tx.query(
    `WITH gone AS (
       UPDATE key_backups SET deleted = true, auth_data = 'null', count = 0 WHERE user_id = $1 AND NOT deleted
       RETURNING backup_nid
     ) DELETE FROM backed_up_keys k USING gone WHERE k.backup_nid = gone.backup_nid`,
    [userId],
  );
}
