import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { checkAuthEvents } from '../../lib/spec/auth-rules.ts';
import {
  authEventIds,
  checkContentHash,
  checkPduFormat,
  eventIdOf,
  type Pdu,
  prevEventIds,
  referenceHash,
  roomIdOf,
  verifyEventSignature,
} from '../../lib/spec/events.ts';
import { ROOM_VERSIONS } from '../../lib/spec/room-versions.ts';
import { LOCAL, LOCAL_KEY, ME, type TestEngine, testEngine } from './engine-kit.ts';
import { firstEvents, message } from './local-rooms.ts';
import { ALICE, RemoteRoom } from './remote-room.ts';

/** What other servers check of an event of ours: that it has the form of its room's version, and is signed. */
describe('events of this server', () => {
  let engine: TestEngine;
  before(async () => {
    engine = await testEngine();
  });
  after(() => engine.close());

  for (const [id, version] of ROOM_VERSIONS) {
    test(`version ${id}: have its form, name what they rest on, and are hashed and signed`, async () => {
      const { roomId } = await engine.events.createRoom({
        ...(version.roomIdIsHash ? {} : { roomId: `!made${id}:${LOCAL}` }),
        roomVersion: id,
        creator: ME,
        isPublic: false,
        aliases: [],
        events: firstEvents(id),
      });
      const first = await engine.events.send({ roomId, event: message('hello') });
      await engine.events.send({
        roomId,
        event: { type: 'm.room.redaction', sender: ME, content: {}, redacts: first.eventId },
      });
      // A process that has to read the room first makes them alike.
      await engine.events.evict({ roomId });
      await engine.events.send({ roomId, event: message('again') });

      const rows = await engine.db.query<{ id: string; json: string }>(
        `SELECT e.event_id AS id, e.json FROM events e JOIN rooms r USING (room_nid) WHERE r.room_id = $1 ORDER BY e.position`,
        [roomId],
      );
      assert.equal(rows.length, 7);
      const events = new Map<string, Pdu>();
      let previous: string | undefined;
      for (const row of rows) {
        const pdu = checkPduFormat(JSON.parse(row.json), version);
        assert.equal(eventIdOf(pdu, version), row.id);
        assert.equal('event_id' in pdu, version.eventIdFormat === 'domain');
        if (version.eventIdFormat === 'domain') assert.ok(row.id.endsWith(`:${LOCAL}`));
        assert.equal(roomIdOf(pdu, version), roomId);
        assert.equal(pdu.room_id === undefined, version.roomIdIsHash && pdu.type === 'm.room.create');
        assert.ok(checkContentHash(pdu));
        assert.ok(verifyEventSignature(pdu, version, LOCAL, LOCAL_KEY.keyId, LOCAL_KEY.publicKey));
        assert.deepEqual(prevEventIds(pdu, version), previous === undefined ? [] : [previous]);
        const cited = authEventIds(pdu, version).map((one) => events.get(one) as Pdu);
        const named = cited.map((one, i) => ({
          ...one,
          eventId: authEventIds(pdu, version)[i] as string,
          room_id: roomId,
        }));
        checkAuthEvents({ ...pdu, eventId: row.id, room_id: roomId } as never, version, named as never);
        assert.equal(
          cited.some((one) => one.type === 'm.room.create'),
          version.createInAuthEvents && pdu.type !== 'm.room.create',
        );
        if (version.eventFormat === 'pairs') {
          for (const [one, hashes] of [...pdu.prev_events, ...pdu.auth_events] as [string, { sha256: string }][]) {
            assert.equal(hashes.sha256, referenceHash(events.get(one) as Pdu, version));
          }
        }
        if (pdu.type === 'm.room.redaction') {
          assert.equal(pdu.redacts, version.redactsInContent ? undefined : first.eventId);
          assert.equal(pdu.content['redacts'], version.redactsInContent ? first.eventId : undefined);
        }
        events.set(row.id, pdu);
        previous = row.id;
      }
    });
  }

  test('in old rooms they name events of other servers with their hashes, too', async () => {
    const room = new RemoteRoom('2').start();
    await room.joinedBy(engine.events);
    const { last } = room;
    const ends = [room.say(ALICE, 'a', { after: [last] }), room.say(ALICE, 'b', { after: [last] })];
    await room.sendTo(engine.events, ends);
    const { eventId } = await engine.events.send({ roomId: room.roomId, event: message('both') });
    const [row] = await engine.db.query<{ json: string }>('SELECT json FROM events WHERE event_id = $1', [eventId]);
    const pairs = JSON.parse(row?.json ?? '').prev_events as [string, { sha256: string }][];
    assert.deepEqual(pairs.map(([id]) => id).sort(), [...ends].sort());
    for (const [id, { sha256 }] of pairs) assert.equal(sha256, referenceHash(room.pdu(id), room.version));
  });
});
