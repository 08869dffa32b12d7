import { serverNameOf } from '../../spec/ids.ts';
import type { JsonObject } from '../../spec/json.ts';
import { getUser } from '../../storage/accounts/users.ts';
import { getProfileRows, type ProfileRow } from '../../storage/profiles/profiles.ts';
import type { Context } from '../context.ts';

/** A user's profile as clients see it: `displayname`, `avatar_url` and further fields, each only where it is set. */
export interface Profile extends JsonObject {
  displayname?: string;
  avatar_url?: string;
}

/** The part of a profile that member events repeat. */
export type MemberProfile = Pick<Profile, 'displayname' | 'avatar_url'>;

/** A profile row as clients see it. */
export function profileOfRow(row: ProfileRow): Profile {
  const profile: Profile = { ...(JSON.parse(row.fields) as JsonObject) };
  if (row.displayName !== null) profile.displayname = row.displayName;
  if (row.avatarUrl !== null) profile.avatar_url = row.avatarUrl;
  return profile;
}

/** The profile of a user of this server; undefined when there is no such user. */
export async function getProfile(ctx: Context, userId: string): Promise<Profile | undefined> {
  if (userId.includes('\0')) return undefined;
  const [row] = await getProfileRows(ctx.db, [userId]);
  if (row) return profileOfRow(row);
  return (await getUser(ctx.db, userId)) ? {} : undefined;
}

/** Profiles of several users of this server; those without one are left out. */
export async function getProfiles(ctx: Context, userIds: string[]): Promise<Map<string, Profile>> {
  const local = userIds.filter((userId) => isLocal(ctx, userId) && !userId.includes('\0'));
  if (local.length === 0) return new Map();
  const rows = await getProfileRows(ctx.db, local);
  return new Map(rows.map((row) => [row.userId, profileOfRow(row)]));
}

/** What a member event says of a user: nothing for users of other servers. */
export async function memberProfile(ctx: Context, userId: string): Promise<MemberProfile> {
  return memberPart((await getProfiles(ctx, [userId])).get(userId));
}

/** Display name and avatar of a profile. */
export function memberPart(profile: Profile | undefined): MemberProfile {
  const part: MemberProfile = {};
  if (profile?.displayname !== undefined) part.displayname = profile.displayname;
  if (profile?.avatar_url !== undefined) part.avatar_url = profile.avatar_url;
  return part;
}

/** Whether a user id is of this server. */
export function isLocal(ctx: Context, userId: string): boolean {
  return serverNameOf(userId) === ctx.serverName;
}
