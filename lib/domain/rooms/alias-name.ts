import { invalidParam } from '../../spec/errors.ts';
import { isRoomAlias, serverNameOf } from '../../spec/ids.ts';
import type { Context } from '../context.ts';

/**
 * The whole alias for the `room_alias_name` of `createRoom`.
 * @throws MatrixError 400 M_INVALID_PARAM
 */
export function aliasOfLocalpart(ctx: Context, localpart: string): string {
  if (localpart === '') throw invalidParam('room_alias_name must not be empty.');
  if (localpart.includes(':')) {
    throw invalidParam(
      'room_alias_name must not hold ":": it is the part of the alias between "#" and the server name.',
    );
  }
  const alias = `#${localpart}:${ctx.serverName}`;
  checkNewAlias(ctx, alias);
  return alias;
}

/**
 * Checks an alias that is to be made on this server.
 * @throws MatrixError 400 M_INVALID_PARAM
 */
export function checkNewAlias(ctx: Context, alias: string): void {
  checkAlias(alias);
  if (/\s/.test(alias)) throw invalidParam(`The room alias ${alias} must not hold spaces.`);
  if (serverNameOf(alias) !== ctx.serverName) throw invalidParam(`The room alias ${alias} is not of this server.`);
}

/**
 * Checks the form of an alias.
 * @throws MatrixError 400 M_INVALID_PARAM
 */
export function checkAlias(alias: string): void {
  if (!isRoomAlias(alias)) {
    throw invalidParam(`${JSON.stringify(alias)} is not a room alias: "#name:server" of at most 255 bytes.`);
  }
}
