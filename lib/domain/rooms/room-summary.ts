import type { Pdu } from '../../spec/events.ts';
import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import { redactEvent } from '../../spec/redaction.ts';
import { getRoomVersion } from '../../spec/room-versions.ts';
import {
  getFreshSummaries,
  getSummarySources,
  putSummaries,
  type RoomSummaryRow,
  type SummarySource,
} from '../../storage/rooms/room-summaries.ts';
import type { Context } from '../context.ts';

const TYPES = [
  'm.room.create',
  'm.room.name',
  'm.room.topic',
  'm.room.avatar',
  'm.room.canonical_alias',
  'm.room.join_rules',
  'm.room.history_visibility',
  'm.room.guest_access',
  'm.room.encryption',
];
const ROOMS_AT_ONCE = 500;

/**
 * What directories, previews and spaces say of rooms: name, topic, members, who may enter. Made from the current state
 * when asked for and kept until that state changes. Unknown rooms are left out.
 */
export async function roomSummaries(ctx: Context, roomNids: number[]): Promise<Map<number, RoomSummaryRow>> {
  const summaries = new Map<number, RoomSummaryRow>();
  if (roomNids.length === 0) return summaries;
  for (const row of await getFreshSummaries(ctx.db, roomNids)) summaries.set(row.roomNid, row);
  const missing = roomNids.filter((roomNid) => !summaries.has(roomNid));
  for (const row of await refreshSummaries(ctx, missing)) summaries.set(row.roomNid, row);
  return summaries;
}

/** Makes the summaries of rooms anew and stores them. */
export async function refreshSummaries(ctx: Context, roomNids: number[]): Promise<RoomSummaryRow[]> {
  const all: RoomSummaryRow[] = [];
  for (let i = 0; i < roomNids.length; i += ROOMS_AT_ONCE) {
    const sources = await getSummarySources(ctx.db, roomNids.slice(i, i + ROOMS_AT_ONCE), TYPES);
    const rows = summarise(sources);
    await putSummaries(ctx.db, rows);
    all.push(...rows);
  }
  return all;
}

function summarise(sources: SummarySource[]): RoomSummaryRow[] {
  const byRoom = new Map<number, SummarySource[]>();
  for (const source of sources) {
    const list = byRoom.get(source.roomNid);
    if (list) list.push(source);
    else byRoom.set(source.roomNid, [source]);
  }
  return [...byRoom.values()].map(summariseRoom);
}

function summariseRoom(sources: SummarySource[]): RoomSummaryRow {
  const { roomNid, roomId, roomVersion, stateGroup, joinedMembers } = sources[0] as SummarySource;
  const contents = new Map<string, JsonObject>();
  for (const source of sources) if (source.type !== null) contents.set(source.type, contentOf(source));
  const text = (type: string, key: string) => textOf(contents.get(type)?.[key]);
  return {
    roomNid,
    roomId,
    roomVersion,
    stateGroup,
    joinedMembers,
    // What is redacted stays redacted, so only the others can outdate the summary.
    sources: sources.filter((source) => source.type !== null && !source.redacted).map((source) => source.eventNid),
    name: text('m.room.name', 'name'),
    topic: topicOf(contents.get('m.room.topic')),
    avatarUrl: text('m.room.avatar', 'url'),
    canonicalAlias: text('m.room.canonical_alias', 'alias'),
    joinRule: text('m.room.join_rules', 'join_rule') ?? 'invite',
    historyVisibility: text('m.room.history_visibility', 'history_visibility') ?? 'shared',
    guestCanJoin: text('m.room.guest_access', 'guest_access') === 'can_join',
    roomType: text('m.room.create', 'type'),
    encryption: text('m.room.encryption', 'algorithm'),
    allowedRoomIds: allowedRoomIds(contents.get('m.room.join_rules')),
  };
}

function contentOf(source: SummarySource): JsonObject {
  const pdu = JSON.parse(source.json) as Pdu;
  const version = getRoomVersion(source.roomVersion);
  return source.redacted && version ? (redactEvent(pdu, version).content as JsonObject) : pdu.content;
}

/** A text that is not empty, without the one character that a database cannot hold. */
function textOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value.replaceAll('\0', '');
  return text === '' || !text.isWellFormed() ? null : text;
}

/** The plain text of a topic (m.room.topic): of `m.topic` where it is given, else `topic`. */
function topicOf(content: JsonObject | undefined): string | null {
  const block = content?.['m.topic'];
  const texts = isJsonObject(block) ? block['m.text'] : undefined;
  if (Array.isArray(texts)) {
    const plain = texts.find((t) => isJsonObject(t) && (t['mimetype'] ?? 'text/plain') === 'text/plain');
    const body = isJsonObject(plain) ? textOf(plain['body']) : null;
    if (body !== null) return body;
  }
  return textOf(content?.['topic']);
}

/** Rooms whose members a restricted join rule lets in (m.room.join_rules, `allow`). */
export function allowedRoomIds(joinRules: JsonObject | undefined): string[] {
  const allow = joinRules?.['allow'];
  if (!Array.isArray(allow)) return [];
  const ids = allow.flatMap((entry) =>
    isJsonObject(entry) && entry['type'] === 'm.room_membership' && typeof entry['room_id'] === 'string'
      ? [entry['room_id']]
      : [],
  );
  return [...new Set(ids)].filter((id) => !id.includes('\0') && id.isWellFormed());
}
