import { serverNameOf } from '../../../spec/ids.ts';
import type { JsonObject } from '../../../spec/json.ts';
import type { PowerLevels } from '../../../spec/power-levels.ts';
import type { RelationWrite } from '../../../storage/events/batch-write.ts';
import type { EventRow } from '../../../storage/events/event-row.ts';
import type { RoomHead } from '../../../storage/rooms/room-head.ts';
import type { RoomPush } from '../../push/room-push.ts';
import type { Relation } from '../relations.ts';
import type { PlannedEvent, PlannedMembership } from './planned-event.ts';

/** What tables beside `events` say of an event. */
export interface EventShape {
  type: string;
  stateKey?: string | undefined;
  sender: string;
  content: JsonObject;
}

/** The row of an event that is new in a room; what is not given is as for an ordinary message. */
export function newRow(
  head: RoomHead,
  event: EventShape,
  parts: Pick<EventRow, 'eventNid' | 'eventId' | 'depth' | 'originServerTs' | 'json'> & Partial<EventRow>,
): EventRow {
  return {
    position: null,
    eventNid: parts.eventNid,
    roomNid: head.roomNid,
    roomId: head.roomId,
    roomVersion: head.roomVersion,
    eventId: parts.eventId,
    type: event.type,
    stateKey: event.stateKey ?? null,
    sender: event.sender,
    depth: parts.depth,
    originServerTs: parts.originServerTs,
    stateGroup: parts.stateGroup ?? null,
    stateGroupAfter: parts.stateGroupAfter ?? null,
    flags: parts.flags ?? 0,
    notify: 0,
    redactedBy: parts.redactedBy ?? null,
    redactionJson: parts.redactionJson ?? null,
    redactionId: parts.redactionId ?? null,
    replacesNid: parts.replacesNid ?? null,
    replacesJson: parts.replacesJson ?? null,
    replacesId: parts.replacesId ?? null,
    threadRoot: parts.threadRoot ?? null,
    txnDevice: parts.txnDevice ?? null,
    txnId: parts.txnId ?? null,
    json: parts.json,
  };
}

/** What a member event says of its user. */
export function membershipOf(
  roomNid: number,
  eventNid: number,
  event: { sender: string; content: JsonObject },
  userId: string,
  serverName: string,
  previous: string | null,
): PlannedMembership {
  const text = (value: unknown) => (typeof value === 'string' ? value.replaceAll('\0', '') : null);
  return {
    roomNid,
    userId,
    membership: String(event.content['membership']).replaceAll('\0', ''),
    eventNid,
    sender: event.sender,
    displayName: text(event.content['displayname']),
    avatarUrl: text(event.content['avatar_url']),
    local: serverNameOf(userId) === serverName,
    previous,
  };
}

/** The membership that a member event sets. */
export function membershipIn(content: JsonObject | undefined): string | null {
  return content?.['membership']?.toString() ?? null;
}

/** The row of a relation. */
export function relationRow(relation: Relation, row: EventRow): RelationWrite {
  return { ...relation, eventNid: row.eventNid, roomNid: row.roomNid, type: row.type, sender: row.sender };
}

/** Evaluates push rules for a planned event that members will see. */
export function decidePush(push: RoomPush | undefined, planned: PlannedEvent, event: EventShape, levels: PowerLevels) {
  if (!push) return;
  const { membership, row } = planned;
  if (membership) push.memberChanged(membership);
  const invited = membership?.local && membership.membership === 'invite' ? membership.userId : undefined;
  const outcome = push.decide(
    {
      roomId: row.roomId,
      type: event.type,
      sender: event.sender,
      content: event.content,
      ...(event.stateKey === undefined ? {} : { stateKey: event.stateKey }),
    },
    levels,
    invited,
  );
  row.notify = outcome.notify;
  row.pushExceptions = outcome.exceptions;
  planned.push = outcome.exceptions.map((x) => ({
    userId: x.userId,
    roomNid: row.roomNid,
    notify: x.notify,
    threadRoot: row.threadRoot,
  }));
}
