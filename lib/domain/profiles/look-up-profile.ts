import { invalidParam, notFound } from '../../spec/errors.ts';
import { isUserId } from '../../spec/ids.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { Context } from '../context.ts';
import { fetchRemoteProfile } from '../federation/remote/profile.ts';
import { sharedOfUser } from '../shared-users.ts';
import { getProfile, isLocal } from './profile.ts';
import { checkFieldName } from './profile-field.ts';

/**
 * Anybody's profile, of this server or another.
 * @throws MatrixError 400 M_INVALID_PARAM, 404 M_NOT_FOUND, 502 where another server can't be reached.
 */
export async function lookUpProfile(ctx: Context, userId: string): Promise<JsonObject> {
  if (!isUserId(userId)) throw invalidParam(`${JSON.stringify(userId)} is not a user id.`);
  if (!isLocal(ctx, userId)) return fetchRemoteProfile(ctx, userId);
  const load = () => getProfile(ctx, userId);
  const profile = ctx.streams.follows('caches')
    ? await load()
    : await sharedOfUser(ctx, `profile:${userId}`, userId, load);
  if (!profile) throw notFound(`There is no user ${userId}.`);
  return profile;
}

/**
 * One field of a profile, in an object. A display name or avatar that isn't set gives an empty object: clients have always
 * asked for these two whether they are set or not.
 * @throws MatrixError as of {@link lookUpProfile}; 404 M_NOT_FOUND for another field that isn't set.
 */
export async function lookUpProfileField(ctx: Context, userId: string, name: string): Promise<JsonObject> {
  checkFieldName(name);
  const remote = isUserId(userId) && !isLocal(ctx, userId);
  const profile = remote ? await fetchRemoteProfile(ctx, userId, name) : await lookUpProfile(ctx, userId);
  const value = profile[name];
  if (value !== undefined) return { [name]: value };
  if (name === 'displayname' || name === 'avatar_url') return {};
  throw notFound(`The profile of ${userId} has no ${name}.`);
}
