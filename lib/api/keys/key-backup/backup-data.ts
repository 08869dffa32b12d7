import { z } from 'zod';
import { isJsonObject, type JsonValue } from '../../../spec/json.ts';

/** Encrypted data that only clients can read: an object by the spec, a string in older clients. */
export const opaque = z.custom<JsonValue>(
  (value) => isJsonObject(value) || typeof value === 'string',
  'an object was expected',
);

/** A room key (`KeyBackupData`). */
export const keyBackupData = z.looseObject({
  first_message_index: z.int().nonnegative(),
  forwarded_count: z.int().nonnegative(),
  is_verified: z.boolean(),
  session_data: opaque,
});

/** The keys of a room (`RoomKeyBackup`). */
export const roomKeyBackup = z.looseObject({ sessions: z.record(z.string(), keyBackupData) });

/** Body of requests that make or change a backup. */
export const backupDefinition = z.looseObject({
  algorithm: z
    .string()
    .max(255)
    .refine((text) => !text.includes('\0'), 'it has the character U+0000'),
  auth_data: opaque,
  version: z.string().nullish(),
});

/** The backup that a request is about. */
export const versionQuery = z.looseObject({ version: z.string() });
