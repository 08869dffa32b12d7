import { forbidden, invalidParam, MatrixError } from '../../../spec/errors.ts';
import { isUserId, serverNameOf } from '../../../spec/ids.ts';
import type { JsonObject } from '../../../spec/json.ts';
import { getRoomFlags } from '../../../storage/rooms/room-flags.ts';
import type { Context } from '../../context.ts';
import { lookAtRestrictedJoin } from '../../rooms/restricted-join.ts';
import { membershipOf, type Room } from '../../rooms/room-lookup.ts';
import { roomForServer } from '../federated-room.ts';
import { memberTemplate } from './member-template.ts';
import { requireVersionKnown } from './room-version.ts';

/** What another server wants for one of its users. */
export interface MakeRequest {
  roomId: string;
  userId: string;
  /** Room versions that it knows. */
  versions: readonly string[];
}

/** What it gets: `make_join` and its like. */
export interface Template {
  room_version: string;
  event: JsonObject;
}

/**
 * The template of a join (server-server API, `GET /make_join`).
 * @throws MatrixError 404 M_NOT_FOUND, 403 M_FORBIDDEN, 400 M_INCOMPATIBLE_ROOM_VERSION, M_UNABLE_TO_AUTHORISE_JOIN or
 *   M_UNABLE_TO_GRANT_JOIN.
 */
export async function makeJoin(ctx: Context, origin: string, request: MakeRequest): Promise<Template> {
  const room = await openRoom(ctx, origin, request);
  requireVersionKnown(room, request.versions);
  await requireUnblocked(ctx, room);
  const content: JsonObject = { membership: 'join' };
  const vouching = await vouchFor(ctx, room, request.userId);
  if (vouching !== undefined) content['join_authorised_via_users_server'] = vouching;
  return template(ctx, room, request.userId, content);
}

/** The template of a knock (server-server API, `GET /make_knock`). Errors as of {@link makeJoin}. */
export async function makeKnock(ctx: Context, origin: string, request: MakeRequest): Promise<Template> {
  const room = await openRoom(ctx, origin, request);
  requireVersionKnown(room, request.versions);
  if (!room.version.knock) throw forbidden('Nobody can knock on rooms of this version.');
  await requireUnblocked(ctx, room);
  return template(ctx, room, request.userId, { membership: 'knock' });
}

/** The template of a leave: also of a rejected invite and of a knock taken back. Errors as of {@link makeJoin}. */
export async function makeLeave(ctx: Context, origin: string, request: Omit<MakeRequest, 'versions'>) {
  const room = await openRoom(ctx, origin, request);
  return template(ctx, room, request.userId, { membership: 'leave' });
}

/**
 * Who of this server vouches for a join, where the join rule asks for it.
 * @throws MatrixError 403 M_FORBIDDEN, 400 M_UNABLE_TO_AUTHORISE_JOIN, M_UNABLE_TO_GRANT_JOIN
 */
export async function vouchFor(ctx: Context, room: Room, userId: string): Promise<string | undefined> {
  const before = await membershipOf(ctx, room.roomNid, userId);
  if (before === 'join' || before === 'invite' || before === 'ban') return undefined;
  const join = await lookAtRestrictedJoin(ctx, room, userId);
  switch (join.outcome) {
    case 'unrestricted':
      return undefined;
    case 'vouched':
      return join.by;
    case 'unknown':
      throw new MatrixError(
        400,
        'M_UNABLE_TO_AUTHORISE_JOIN',
        'This server is in none of the rooms whose members may join.',
      );
    case 'nobody-to-vouch':
      throw new MatrixError(400, 'M_UNABLE_TO_GRANT_JOIN', 'Nobody of this server may invite to the room.');
    default:
      throw forbidden('The user is in none of the rooms whose members may join this room.');
  }
}

/** @throws MatrixError 403 M_FORBIDDEN for a room that administrators have blocked */
export async function requireUnblocked(ctx: Context, room: Room): Promise<void> {
  if ((await getRoomFlags(ctx.db, room.roomNid))?.blockedBy) {
    throw forbidden('This room has been blocked on this server.');
  }
}

async function openRoom(ctx: Context, origin: string, { roomId, userId }: Pick<MakeRequest, 'roomId' | 'userId'>) {
  if (!isUserId(userId)) throw invalidParam(`${JSON.stringify(userId)} is not a user id.`);
  if (serverNameOf(userId) !== origin) throw forbidden(`${userId} is not a user of ${origin}.`);
  return roomForServer(ctx, roomId, origin);
}

async function template(ctx: Context, room: Room, userId: string, content: JsonObject): Promise<Template> {
  return { room_version: room.roomVersion, event: await memberTemplate(ctx, room, userId, content) };
}
