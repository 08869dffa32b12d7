import type { JsonObject } from '../../../spec/json.ts';

interface Events {
  events?: JsonObject[];
}

/** What the deprecated endpoints read of an answer of `/sync`. */
export interface SyncAnswer {
  next_batch: string;
  presence?: Events;
  account_data?: Events;
  rooms?: {
    join?: Record<
      string,
      { timeline: Events & { prev_batch: string }; state: Events; ephemeral: Events; account_data: Events }
    >;
    invite?: Record<string, { invite_state: Events }>;
    leave?: Record<string, { timeline: Events & { prev_batch: string }; state: Events; account_data?: Events }>;
  };
}

/** Events of `GET /events`: everything of a sync answer in one list, each event with its room. */
export function flattenSync(answer: SyncAnswer): JsonObject[] {
  const chunk: JsonObject[] = [];
  const { join = {}, invite = {}, leave = {} } = answer.rooms ?? {};
  for (const [roomId, room] of Object.entries(join)) {
    const events = [room.timeline, room.ephemeral, room.account_data].flatMap((part) => part.events ?? []);
    chunk.push(...events.map((event) => ({ ...event, room_id: roomId })));
  }
  for (const [roomId, room] of Object.entries(leave)) {
    chunk.push(...(room.timeline.events ?? []).map((event) => ({ ...event, room_id: roomId })));
  }
  for (const [roomId, room] of Object.entries(invite)) {
    const events = room.invite_state.events ?? [];
    const own = events.at(-1);
    if (own) chunk.push({ ...own, room_id: roomId, invite_room_state: events.slice(0, -1) });
  }
  chunk.push(...(answer.presence?.events ?? []).map(legacyPresence), ...(answer.account_data?.events ?? []));
  return chunk;
}

/** Presence as the deprecated endpoints tell it: the user stands in the content. */
export function legacyPresence(event: JsonObject): JsonObject {
  const { sender, content } = event as { sender?: string; content?: JsonObject };
  return { type: 'm.presence', content: { ...content, ...(sender === undefined ? {} : { user_id: sender }) } };
}
