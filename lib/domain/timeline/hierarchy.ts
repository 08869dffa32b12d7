import { forbidden, invalidParam } from '../../spec/errors.ts';
import { isRoomId } from '../../spec/ids.ts';
import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import { getSpaceChildren } from '../../storage/timeline/spaces.ts';
import type { Context } from '../context.ts';
import { strippedEvent } from '../events/client-event.ts';
import { fetchHierarchy } from '../federation/remote/hierarchy.ts';
import { standsOutside } from '../federation/remote/standing.ts';
import { findRoom } from '../rooms/room-lookup.ts';
import { previewObject, roomPreviews } from './room-previews.ts';

/** What is asked of a tree of spaces. */
export interface HierarchyRequest {
  suggestedOnly: boolean;
  /** How many levels below the space; undefined: all. */
  maxDepth: number | undefined;
  limit: number;
  /** Token of the page before. */
  from: string | undefined;
  /** For an administrator: every room that this server has. */
  everything?: boolean;
}

/** A room in a space. */
export interface Child {
  roomId: string;
  order: string | undefined;
  ts: number;
  /** Servers to reach it by. */
  via: string[];
  /** The `m.space.child` event, stripped, with its `origin_server_ts`. */
  stripped: JsonObject;
}

interface Loaded {
  /** As clients get it, without the children; undefined when the user may not see the room. */
  preview: JsonObject | undefined;
  children: Child[];
}

/** A room that the walk comes to. */
interface Step {
  roomId: string;
  depth: number;
  /** Servers that know of it. */
  via: string[];
}

// Rooms are loaded in groups, in the order in which the walk will come to them.
const ROOMS_AT_ONCE = 100;
// A walk that goes on for longer is cut off, so that nobody can keep the server busy with one request.
const MOST_ROOMS = 5_000;
// So many rooms that this server is not in are asked for in one request.
const MOST_REMOTE = 20;
const ORDER = /^[\x20-\x7e]{1,50}$/;

/**
 * A page of a tree of spaces, depth first (client-server API, spaces, hierarchy): the rooms that the user is in, may
 * enter, may knock on or may look into. Loops are broken; no room comes twice. The tree is walked anew for each page,
 * so a page follows changes in between.
 *
 * @throws MatrixError 403 M_FORBIDDEN when the space itself is none of these, 400 M_INVALID_PARAM for a wrong token.
 */
export async function spaceHierarchy(
  ctx: Context,
  userId: string,
  rootId: string,
  request: HierarchyRequest,
): Promise<JsonObject> {
  const skip = readToken(request);
  const loaded = new Map<string, Loaded>();
  const seen = new Set<string>();
  const stack: Step[] = [{ roomId: rootId, depth: 0, via: [] }];
  let remote = 0;
  const rooms: JsonObject[] = [];
  let passed = 0;
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { roomId, depth } = next;
    if (seen.has(roomId)) continue;
    if (seen.size === MOST_ROOMS) break;
    seen.add(roomId);
    if (!loaded.has(roomId)) await load(ctx, userId, loaded, [roomId, ...comingUp(stack, loaded)], request);
    const isUnknown = !loaded.get(roomId)?.preview && next.via.length > 0 && !request.everything;
    if (isUnknown && remote++ < MOST_REMOTE) await loadRemote(ctx, userId, loaded, next, request);
    const { preview, children } = loaded.get(roomId) as Loaded;
    if (!preview) {
      if (roomId === rootId) throw forbidden(`You may not see the room ${roomId}.`);
      continue;
    }
    if (rooms.length === request.limit) return { rooms, next_batch: writeToken(request, passed) };
    if (passed++ >= skip) {
      rooms.push({ ...preview, children_state: children.map((child) => child.stripped) });
    }
    if (request.maxDepth !== undefined && depth >= request.maxDepth) continue;
    for (const { roomId: id, via } of [...children].reverse()) stack.push({ roomId: id, depth: depth + 1, via });
  }
  return { rooms };
}

function comingUp(stack: Step[], loaded: Map<string, Loaded>): string[] {
  return stack
    .slice(-ROOMS_AT_ONCE)
    .map(({ roomId }) => roomId)
    .filter((roomId) => !loaded.has(roomId));
}

async function load(
  ctx: Context,
  userId: string,
  loaded: Map<string, Loaded>,
  roomIds: string[],
  { suggestedOnly, everything }: HierarchyRequest,
): Promise<void> {
  const previews = await roomPreviews(ctx, userId, [...new Set(roomIds)], everything);
  const spaces = [...previews.values()].filter(({ summary }) => summary.roomType === 'm.space');
  const rows = await getSpaceChildren(
    ctx.db,
    spaces.map(({ summary }) => summary.roomNid),
  );
  const byRoom = Map.groupBy(rows, (row) => row.roomId);
  for (const roomId of roomIds) {
    loaded.set(roomId, {
      preview: previewOf(previews.get(roomId)),
      children: childrenInOrder(byRoom.get(roomId) ?? [], suggestedOnly),
    });
  }
}

function previewOf(preview: Parameters<typeof previewObject>[0] | undefined): JsonObject | undefined {
  return preview && previewObject(preview);
}

/** Loads a room that this server is not in, and its children, from servers that know of it. */
async function loadRemote(
  ctx: Context,
  userId: string,
  loaded: Map<string, Loaded>,
  { roomId, via }: Step,
  { suggestedOnly }: HierarchyRequest,
): Promise<void> {
  // Of a room that this server is in it knows itself that the user may not see it.
  const room = await findRoom(ctx, roomId);
  if (room && !(await standsOutside(ctx, room))) return;
  const found = await fetchHierarchy(ctx, userId, roomId, { via, suggestedOnly });
  for (const [id, { preview, childEvents }] of found) {
    if (loaded.get(id)?.preview) continue;
    const children = childEvents.flatMap((event) => childIn(event, suggestedOnly) ?? []).sort(inOrder);
    loaded.set(id, { preview, children: preview['room_type'] === 'm.space' ? children : [] });
  }
}

/** The children of a space by its `m.space.child` events, those that count, in their order. */
export function childrenInOrder(rows: EventRow[], suggestedOnly: boolean): Child[] {
  return rows.flatMap((row) => childOf(row, suggestedOnly) ?? []).sort(inOrder);
}

/** A child that counts: one with servers to reach it by. */
function childOf(row: EventRow, suggestedOnly: boolean): Child | undefined {
  return childIn({ ...strippedEvent(row), origin_server_ts: row.originServerTs }, suggestedOnly);
}

/** The child in a stripped `m.space.child` event. */
function childIn(stripped: JsonObject, suggestedOnly: boolean): Child | undefined {
  const { type, state_key: roomId, content, origin_server_ts: ts } = stripped;
  if (type !== 'm.space.child' || !isRoomId(roomId) || !isJsonObject(content)) return undefined;
  const { via, suggested, order } = content;
  if (!Array.isArray(via) || via.length === 0 || (suggestedOnly && suggested !== true)) return undefined;
  return {
    roomId,
    order: typeof order === 'string' && ORDER.test(order) ? order : undefined,
    ts: typeof ts === 'number' ? ts : 0,
    via: via.filter((server) => typeof server === 'string'),
    stripped,
  };
}

/** Ordering of children within a space: those with an order first, by it; then by time, then by room id. */
function inOrder(a: Child, b: Child): number {
  if (a.order !== b.order) {
    if (a.order === undefined) return 1;
    if (b.order === undefined) return -1;
    return a.order < b.order ? -1 : 1;
  }
  return a.ts - b.ts || (a.roomId < b.roomId ? -1 : 1);
}

function writeToken({ suggestedOnly, maxDepth }: HierarchyRequest, passed: number): string {
  return `h${passed}_${maxDepth ?? ''}_${suggestedOnly ? 1 : 0}`;
}

function readToken(request: HierarchyRequest): number {
  if (request.from === undefined) return 0;
  const match = /^h(\d{1,6})_\d{0,9}_[01]$/.exec(request.from);
  if (!match) throw invalidParam('from is not a token that this server has given.');
  const passed = Number(match[1]);
  if (writeToken(request, passed) !== request.from) {
    throw invalidParam('suggested_only and max_depth have to stay the same from page to page.');
  }
  return passed;
}
