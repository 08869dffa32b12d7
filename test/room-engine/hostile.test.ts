import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../lib/spec/json.ts';
import { audit } from './audit.ts';
import { ME, type TestEngine, testEngine } from './engine-kit.ts';
import { message } from './local-rooms.ts';
import { ALICE, BOB, RemoteRoom } from './remote-room.ts';

const RUNS = Number(process.env['HOSTILE_RUNS'] ?? 60);
const STATUSES = ['accepted', 'soft-failed', 'rejected', 'outlier', 'invalid', 'missing'];

/** Values that somebody might put anywhere. */
const anything = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1e300,
    -1e300,
    2 ** 53,
    2 ** 63,
    1.5,
    '',
    '\0',
    '\ud800',
    '@',
    '$',
    '!x',
    '@a:b',
    `$${'x'.repeat(300)}:a.example`,
    '__proto__',
    [],
    {},
    [[]],
    ['$a', {}],
    { a: '\0' },
    { sha256: 5 },
    { 'a.example': { 'ed25519:1': null } },
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Whatever other servers send: it is told what became of it, and the room goes on. */
describe('hostile events', () => {
  let engine: TestEngine;
  before(async () => {
    engine = await testEngine();
  });
  after(() => engine.close());

  for (const version of ['1', '3', '5', '6', '11', '12']) {
    test(`version ${version}: any member replaced by anything`, async () => {
      const room = new RemoteRoom(version).start({ levels: { [BOB]: 50, [ME]: 60 } });
      room.member(BOB, BOB, 'join');
      await room.joinedBy(engine.events);
      const { last } = room;
      const kinds = [
        () => room.say(ALICE, 'x', { after: [last] }),
        () => room.topic(ALICE, 'x', { after: [last] }),
        () => room.member(ALICE, BOB, 'ban', { after: [last] }),
        () => room.levels({ [BOB]: 50, [ME]: 60 }, { after: [last] }),
        () => room.redact(ALICE, last, { after: [last] }),
      ];
      const fields = [
        'type',
        'state_key',
        'sender',
        'content',
        'depth',
        'origin_server_ts',
        'prev_events',
        'auth_events',
      ];
      const more = ['room_id', 'event_id', 'hashes', 'signatures', 'unsigned', 'redacts', 'origin'];
      const inside = ['membership', 'users', 'users_default', 'redacts', 'm.relates_to', 'third_party_invite', 'body'];
      await fc.assert(
        fc.asyncProperty(
          fc.nat(kinds.length - 1),
          fc.array(fc.tuple(fc.constantFrom(...fields, ...more, ...inside), anything), { minLength: 1, maxLength: 2 }),
          async (kind, changes) => {
            const id = kinds[kind]?.() as string;
            const pdu = structuredClone(room.pdu(id)) as JsonObject;
            room.events.delete(id);
            for (const [field, value] of changes) {
              const { content } = pdu;
              if (inside.includes(field) && content !== null && typeof content === 'object') {
                (content as JsonObject)[field] = value as string;
              } else pdu[field] = value as string;
            }
            // What comes in is JSON text.
            const text = JSON.stringify(pdu);
            const [result] = await engine.events.receive({
              roomId: room.roomId,
              origin: 'a.example',
              pdus: [{ pdu: JSON.parse(text) as JsonObject }],
            });
            assert.ok(result && STATUSES.includes(result.status), text);
          },
        ),
        { numRuns: RUNS, endOnFailure: true },
      );
      const { eventId } = await engine.events.send({ roomId: room.roomId, event: message('still here') });
      assert.ok(eventId);
      await audit(engine.db, room.roomId);
    });
  }

  test('numbers that only old rooms allow, as far as they can be stored', async () => {
    for (const version of ['1', '5']) {
      const room = new RemoteRoom(version).start();
      await room.joinedBy(engine.events);
      const { last } = room;
      for (const change of [
        { depth: 1e300 },
        { depth: 2 ** 60 },
        { origin_server_ts: 1e300 },
        { origin_server_ts: -1e300 },
      ]) {
        const id = room.say(ALICE, 'x', { after: [last] });
        const pdu = { ...room.pdu(id), ...change };
        const [result] = await engine.events.receive({
          roomId: room.roomId,
          origin: 'a.example',
          pdus: [{ pdu: pdu as JsonObject }],
        });
        assert.ok(result && STATUSES.includes(result.status), JSON.stringify(change));
      }
      await engine.events.send({ roomId: room.roomId, event: message('still here') });
    }
  });

  test('events that name themselves, and each other', async () => {
    const room = new RemoteRoom('1').start();
    await room.joinedBy(engine.events);
    const { last } = room;
    const one = room.say(ALICE, 'x', { after: [last] });
    const other = room.say(ALICE, 'y', { after: [last] });
    const naming = (id: string, named: string) => ({ ...room.pdu(id), prev_events: [[named, { sha256: '' }]] });
    const results = await engine.events.receive({
      roomId: room.roomId,
      origin: 'a.example',
      pdus: [naming(one, one), naming(one, other), naming(other, one)].map((pdu) => ({
        pdu: pdu as unknown as JsonObject,
      })),
    });
    assert.ok(results.every((result) => result.status === 'missing'));
  });

  test('three hundred auth events deep, and twenty parents wide', async () => {
    const room = new RemoteRoom('11').start();
    await room.joinedBy(engine.events);
    let after = [room.last];
    const ids: string[] = [];
    for (let i = 0; i < 300; i++) {
      const id = room.levels({ [BOB]: i % 90 }, { after });
      ids.push(id);
      after = [id];
    }
    const wide = Array.from({ length: 20 }, (_, i) => room.say(ALICE, `${i}`, { after }));
    const end = room.say(ALICE, 'end', { after: wide });
    const results = await room.sendTo(engine.events, [...ids, ...wide, end]);
    assert.ok(results.every((result) => result.status === 'accepted'));
    await audit(engine.db, room.roomId);
  });
});
