import { isRoomId } from '../../../spec/ids.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../spec/json.ts';
import { getMembershipsByRoomId } from '../../../storage/rooms/memberships.ts';
import type { Context } from '../../context.ts';
import { FederationError } from '../federation-error.ts';
import { federationPath, withQuery } from '../federation-path.ts';

/** A room of a tree of spaces as another server tells of it. */
export interface RemoteRoom {
  /** As clients get it, without its children. */
  preview: JsonObject;
  /** Its `m.space.child` events, stripped. */
  childEvents: JsonObject[];
}

const MOST_SERVERS = 3;
const TIMEOUT_MS = 8_000;
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_CHILDREN = 1_000;
/** Members of a room's summary, with what they have to be. */
const MEMBERS: Readonly<Record<string, 'string' | 'number' | 'boolean'>> = {
  room_id: 'string',
  num_joined_members: 'number',
  world_readable: 'boolean',
  guest_can_join: 'boolean',
  join_rule: 'string',
  name: 'string',
  topic: 'string',
  avatar_url: 'string',
  canonical_alias: 'string',
  room_type: 'string',
  room_version: 'string',
  encryption: 'string',
};

/**
 * A space that this server is not in and its children, as far as the user may see them (server-server API, `GET
 * /hierarchy/{roomId}`). Empty when none of the servers tells of it.
 */
export async function fetchHierarchy(
  ctx: Context,
  userId: string,
  roomId: string,
  request: { via: readonly string[]; suggestedOnly: boolean },
): Promise<Map<string, RemoteRoom>> {
  const path = withQuery(federationPath`/v1/hierarchy/${roomId}`, { suggested_only: request.suggestedOnly });
  const servers = request.via.filter((server) => server !== ctx.serverName).slice(0, MOST_SERVERS);
  for (const server of servers) {
    try {
      const answer = await ctx.federation.client.json(server, { path, timeoutMs: TIMEOUT_MS, maxBytes: MOST_BYTES });
      const root = readRoom(answer['room']);
      if (root?.preview['room_id'] !== roomId) continue;
      const given = Array.isArray(answer['children']) ? answer['children'].slice(0, MOST_CHILDREN) : [];
      return await visible(ctx, userId, [root, ...given.flatMap((child) => readRoom(child) ?? [])]);
    } catch (error) {
      if (!(error instanceof FederationError)) throw error;
    }
  }
  return new Map();
}

/** Those that the user may enter, knock on, or look into. */
async function visible(ctx: Context, userId: string, rooms: RemoteRoom[]): Promise<Map<string, RemoteRoom>> {
  const allowedOf = ({ preview }: RemoteRoom) => (preview['allowed_room_ids'] ?? []) as string[];
  const memberships = await getMembershipsByRoomId(ctx.db, userId, [...new Set(rooms.flatMap(allowedOf))]);
  const joined = new Set(memberships.filter((one) => one.membership === 'join').map((one) => one.roomId));
  const open = rooms.filter((room) => {
    const { join_rule: rule = 'public', world_readable: readable } = room.preview;
    const isOpen = ['public', 'knock', 'knock_restricted'].includes(rule as string) || readable === true;
    return isOpen || allowedOf(room).some((id) => joined.has(id));
  });
  return new Map(open.map((room) => [room.preview['room_id'] as string, room]));
}

/** What is right of a room's summary; undefined when it is none. */
function readRoom(value: JsonValue | undefined): RemoteRoom | undefined {
  if (!isJsonObject(value) || !isRoomId(value['room_id'])) return undefined;
  const preview: JsonObject = { num_joined_members: 0, world_readable: false, guest_can_join: false };
  for (const [name, type] of Object.entries(MEMBERS)) {
    const member = value[name];
    if (member !== undefined && typeof member === type) preview[name] = member;
  }
  const { allowed_room_ids: allowed, children_state: events } = value;
  if (Array.isArray(allowed)) preview['allowed_room_ids'] = allowed.filter(isRoomId).slice(0, MOST_CHILDREN);
  const childEvents = Array.isArray(events) ? events.filter(isJsonObject).slice(0, MOST_CHILDREN) : [];
  return { preview, childEvents };
}
