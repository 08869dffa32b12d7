import { canonicalJson } from '../../../spec/canonical-json.ts';
import type { JsonObject } from '../../../spec/json.ts';
import { PowerLevels } from '../../../spec/power-levels.ts';
import { EVENT_OUTLIER } from '../../../storage/events/event-row.ts';
import { getMembership } from '../../../storage/rooms/room-facts.ts';
import type { RoomActor } from '../room-actor.ts';
import { decidePush, membershipOf, newRow } from './describe-event.ts';
import { type Engine, nextEventNid } from './engine.ts';
import type { Incoming } from './incoming.ts';
import { findKnown } from './known-events.ts';
import type { PlannedEvent } from './planned-event.ts';

/**
 * Notes a membership of a room that this server is not in: an invite, a knock, or the end of one. The event has a place
 * in the stream, so that its user hears of it, and none in the room's history.
 */
export async function noteMembership(
  engine: Engine,
  actor: RoomActor,
  event: Incoming,
  strippedState: JsonObject[] | undefined,
): Promise<{ eventId: string; position: number }> {
  const { head, version } = actor;
  const { pdu, eventId } = event;
  const userId = pdu.state_key as string;
  const known = (await findKnown(engine.db, actor, [eventId])).get(eventId);
  if (known?.position) return { eventId, position: known.position };
  const previous = await getMembership(engine.db, head.roomNid, userId);
  const eventNid = known?.eventNid ?? (await nextEventNid(engine));
  const stripped = pdu.content['membership'] === 'knock' ? 'knock_room_state' : 'invite_room_state';
  const json = strippedState
    ? canonicalJson({ ...pdu, unsigned: { [stripped]: strippedState } }, 'lenient')
    : event.json;
  const shape = { type: pdu.type, stateKey: userId, sender: pdu.sender, content: pdu.content };
  const row = newRow(head, shape, {
    eventNid,
    eventId,
    depth: pdu.depth,
    originServerTs: pdu.origin_server_ts,
    flags: EVENT_OUTLIER,
    json,
  });
  const membership = membershipOf(
    head.roomNid,
    eventNid,
    pdu,
    userId,
    engine.signer.serverName,
    previous?.membership ?? null,
  );
  const planned: PlannedEvent = { row, prevNids: [], authNids: [], placed: true, membership, push: [] };
  if (known) planned.stored = true;
  decidePush(
    await engine.push?.forNewRoom(head.roomNid),
    planned,
    shape,
    new PowerLevels(undefined, undefined, version),
  );
  const [position] = await engine.committer.add({ actor, planned: [planned] });
  return { eventId, position: position as number };
}
