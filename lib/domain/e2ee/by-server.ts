import { invalidParam } from '../../spec/errors.ts';
import { isUserId, serverNameOf } from '../../spec/ids.ts';

/**
 * Parts a map by user into that of our own users and those of other servers.
 * @throws MatrixError 400 M_INVALID_PARAM for what is no user id.
 */
export function byServer<T>(
  serverName: string,
  users: Record<string, T>,
): { own: Map<string, T>; remote: Map<string, Map<string, T>> } {
  const own = new Map<string, T>();
  const remote = new Map<string, Map<string, T>>();
  for (const [userId, value] of Object.entries(users)) {
    const server = isUserId(userId) ? serverNameOf(userId) : undefined;
    if (server === undefined) throw invalidParam(`${JSON.stringify(userId.slice(0, 64))} is not a user id.`);
    if (server === serverName) own.set(userId, value);
    else remote.set(server, (remote.get(server) ?? new Map<string, T>()).set(userId, value));
  }
  return { own, remote };
}
