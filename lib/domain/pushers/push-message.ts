import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import type { Outcome } from '../../spec/push-rules/index.ts';
import type { EventRow } from '../../storage/events/event-row.ts';
import type { PusherRow } from '../../storage/pushers/pushers.ts';
import { visiblePdu } from '../events/client-event.ts';
import type { RoomTitle } from './room-title.ts';

/** Larger content is left to the client to fetch: push providers take 4 KB. */
const MOST_CONTENT_CHARACTERS = 3_000;

/** What a notification of an event is made of. */
export interface PushParts {
  pusher: PusherRow;
  event: EventRow;
  outcome: Outcome;
  senderName: string;
  title: RoomTitle;
  unread: number;
}

/** The notification of an event (push gateway API). With the format `event_id_only` it says little more than that. */
export function eventNotification(parts: PushParts): JsonObject {
  const { pusher, event, outcome } = parts;
  const { tweaks } = outcome;
  const common = { event_id: event.eventId, room_id: event.roomId, counts: { unread: parts.unread } };
  const loud = event.type === 'm.room.encrypted' || tweaks['highlight'] || tweaks['sound'];
  const prio = loud ? 'high' : 'low';
  const data = pusherData(pusher);
  if (data['format'] === 'event_id_only') return { ...common, prio, devices: [deviceOf(pusher, data)] };
  const { content } = visiblePdu(event);
  const small = JSON.stringify(content).length <= MOST_CONTENT_CHARACTERS;
  return {
    id: event.eventId,
    ...common,
    type: event.type,
    sender: event.sender,
    sender_display_name: parts.senderName,
    ...parts.title,
    prio,
    ...(small ? { content: content as JsonObject } : {}),
    ...(event.type === 'm.room.member'
      ? { membership: content['membership'] as string, user_is_target: event.stateKey === pusher.userId }
      : {}),
    devices: [{ ...deviceOf(pusher, data), tweaks: tweaks as JsonObject }],
  };
}

/** The notification that only tells how much is unread. */
export function badgeNotification(pusher: PusherRow, unread: number): JsonObject {
  return {
    // Older gateways want these, though empty.
    id: '',
    type: null,
    sender: '',
    counts: { unread },
    devices: [deviceOf(pusher, pusherData(pusher))],
  };
}

/** The pusher's data as an object. */
export function pusherData(pusher: PusherRow): JsonObject {
  const data: unknown = JSON.parse(pusher.data);
  return isJsonObject(data) ? data : {};
}

function deviceOf(pusher: PusherRow, { url: _, ...data }: JsonObject): JsonObject {
  const { appId, pushkey, createdTs } = pusher;
  return { app_id: appId, pushkey, pushkey_ts: Math.floor(createdTs / 1000), data };
}
