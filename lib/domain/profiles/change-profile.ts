import type { JsonObject, JsonValue } from '../../spec/json.ts';
import { lockProfileRow, type ProfileRow, updateProfileRow } from '../../storage/profiles/profiles.ts';
import { noteCacheChanges, publishCacheChanges } from '../cache-changes.ts';
import type { Context } from '../context.ts';
import { outdateUser, PROFILES } from '../shared-users.ts';
import { memberPart, profileOfRow } from './profile.ts';
import { checkFieldName, checkFieldValue, checkProfileSize } from './profile-field.ts';
import { propagateProfile } from './propagate-profile.ts';

/** Whether rooms are told of a changed name or avatar (MSC4069). */
export interface ProfileChangeOptions {
  propagate?: boolean;
}

/**
 * Sets a field of a local user's profile, and tells the rooms that the user is in where member events show it. An empty
 * display name or avatar removes it.
 * @throws MatrixError 400 M_INVALID_PARAM, M_KEY_TOO_LARGE or M_PROFILE_TOO_LARGE.
 */
export async function setProfileField(
  ctx: Context,
  userId: string,
  name: string,
  value: JsonValue,
  options: ProfileChangeOptions = {},
): Promise<void> {
  checkFieldName(name);
  checkFieldValue(name, value);
  await change(ctx, userId, name, options, (row) => {
    if (name === 'displayname') row.displayName = (value as string) || null;
    else if (name === 'avatar_url') row.avatarUrl = (value as string) || null;
    else row.fields = JSON.stringify(withField(row, name, value));
    checkProfileSize(profileOfRow(row));
  });
}

/** Removes a field of a local user's profile; one that isn't there is no error. */
export async function deleteProfileField(
  ctx: Context,
  userId: string,
  name: string,
  options: ProfileChangeOptions = {},
): Promise<void> {
  checkFieldName(name);
  await change(ctx, userId, name, options, (row) => {
    if (name === 'displayname') row.displayName = null;
    else if (name === 'avatar_url') row.avatarUrl = null;
    else row.fields = JSON.stringify(withField(row, name, undefined));
  });
}

function withField(row: ProfileRow, name: string, value: JsonValue | undefined): JsonObject {
  const { [name]: _before, ...others } = JSON.parse(row.fields) as JsonObject;
  return value === undefined ? others : { ...others, [name]: value };
}

async function change(
  ctx: Context,
  userId: string,
  name: string,
  { propagate = true }: ProfileChangeOptions,
  edit: (row: ProfileRow) => void,
): Promise<void> {
  const { row, changes } = await ctx.db.tx(async (q) => {
    const locked = await lockProfileRow(q, userId);
    edit(locked);
    await updateProfileRow(q, locked);
    return { row: locked, changes: await noteCacheChanges(q, PROFILES, [userId]) };
  });
  await outdateUser(ctx, userId);
  await publishCacheChanges(ctx, changes);
  if (propagate && (name === 'displayname' || name === 'avatar_url'))
    await propagateProfile(ctx, userId, memberPart(profileOfRow(row)));
}
