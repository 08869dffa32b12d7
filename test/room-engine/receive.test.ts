import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { canonicalJson } from '../../lib/spec/canonical-json.ts';
import type { JsonObject } from '../../lib/spec/json.ts';
import type { ReceiveResult } from '../../lib/streams/writers.ts';
import { ME, type TestEngine, testEngine } from './engine-kit.ts';
import { lookAt, sorted, stateBefore } from './look.ts';
import { ALICE, BOB, CAROL, RemoteRoom } from './remote-room.ts';

const MEMBER = (userId: string) => `m.room.member\0${userId}`;
const TOPIC = 'm.room.topic\0';

describe('events of other servers', () => {
  let engine: TestEngine;
  before(async () => {
    engine = await testEngine();
  });
  after(() => engine.close());

  const start = async (version = '12', levels: JsonObject = { [BOB]: 50 }) => {
    const room = new RemoteRoom(version).start({ levels });
    room.member(BOB, BOB, 'join');
    await room.joinedBy(engine.events);
    return room;
  };
  const send = async (room: RemoteRoom, ...ids: string[]) => (await room.sendTo(engine.events, ids)) as ReceiveResult[];
  const statuses = async (room: RemoteRoom, ...ids: string[]) => (await send(room, ...ids)).map((r) => r.status);
  const look = (room: RemoteRoom) => lookAt(engine.db, room.roomId);
  const visible = async (room: RemoteRoom, id: string) => {
    const [row] = await engine.db.query('SELECT position, flags FROM events WHERE event_id = $1', [id]);
    assert.ok(row, `${id} of ${room.roomId} is not stored`);
    return row.position !== null;
  };

  for (const version of ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12']) {
    test(`version ${version}: a room is joined, and follows what happens in it`, async () => {
      const room = await start(version);
      const said = room.say(ALICE, 'hello');
      const carol = room.member(CAROL, CAROL, 'join');
      const topic = room.topic(ALICE, 'news');
      assert.deepEqual(
        (await send(room, said, carol, topic)).map(({ eventId, status }) => [eventId, status]),
        [said, carol, topic].map((id) => [id, 'accepted']),
      );
      const stored = await look(room);
      assert.deepEqual(stored.extremities, [topic]);
      assert.deepEqual(sorted(stored.current), sorted(room.stateAfter([topic])));
      assert.deepEqual(sorted(stored.byGroup), sorted(stored.current));
      assert.equal(stored.members.get(CAROL), 'join');
      // And what this server says goes on top of it.
      const own = await engine.events.send({
        roomId: room.roomId,
        event: { type: 'm.room.message', sender: ME, content: { body: 'hi', msgtype: 'm.text' } },
      });
      assert.deepEqual((await look(room)).extremities, [own.eventId]);
    });
  }

  describe('forks', () => {
    test('both ends are extremities until an event follows both', async () => {
      const room = await start();
      const { last } = room;
      const one = room.topic(ALICE, 'one', { after: [last] });
      const other = room.say(BOB, 'meanwhile', { after: [last] });
      assert.deepEqual(await statuses(room, one, other), ['accepted', 'accepted']);
      assert.deepEqual((await look(room)).extremities, [one, other].sort());
      const merge = room.say(ALICE, 'both', { after: [one, other] });
      await send(room, merge);
      const stored = await look(room);
      assert.deepEqual(stored.extremities, [merge]);
      assert.equal(stored.current.get(TOPIC), one);
    });

    test('a local event follows all ends', async () => {
      const room = await start();
      const { last } = room;
      const ends = [ALICE, BOB].map((sender) => room.say(sender, 'x', { after: [last] }));
      await send(room, ...ends);
      const { eventId } = await engine.events.send({
        roomId: room.roomId,
        event: { type: 'm.room.message', sender: ME, content: { body: 'hi' } },
      });
      const [row] = await engine.db.query('SELECT json FROM events WHERE event_id = $1', [eventId]);
      assert.deepEqual(JSON.parse(row.json).prev_events.sort(), ends.sort());
    });

    test('of more ends than an event can name, local events name twenty, and the state stays whole', async () => {
      const room = await start();
      const { last } = room;
      const topic = room.topic(ALICE, 'one of many', { after: [last] });
      const ends = Array.from({ length: 24 }, (_, i) => room.say(ALICE, `${i}`, { after: [last] }));
      await send(room, topic, ...ends);
      assert.equal((await look(room)).extremities.length, 25);
      const { eventId } = await engine.events.send({
        roomId: room.roomId,
        event: { type: 'm.room.message', sender: ME, content: { body: 'hi' } },
      });
      const [row] = await engine.db.query('SELECT json FROM events WHERE event_id = $1', [eventId]);
      assert.equal(JSON.parse(row.json).prev_events.length, 20);
      const stored = await look(room);
      assert.equal(stored.extremities.length, 6);
      assert.equal(stored.current.get(TOPIC), topic);
      assert.equal((await stateBefore(engine.db, eventId)).get(TOPIC), topic);
    });

    test('what lost the resolution is no current state, and its member has left', async () => {
      const room = await start();
      const { last } = room;
      const carol = room.member(BOB, CAROL, 'invite', { after: [last] });
      const ban = room.member(ALICE, BOB, 'ban', { after: [last], ts: room.clock - 10_000 });
      const joins = room.member(CAROL, CAROL, 'join', { after: [carol] });
      await send(room, carol, joins, ban);
      const stored = await look(room);
      assert.deepEqual(sorted(stored.current), sorted(room.stateAfter([joins, ban])));
      assert.equal(stored.current.get(MEMBER(BOB)), ban);
      assert.equal(stored.members.get(BOB), 'ban');
    });
  });

  describe('events that are refused', () => {
    test('by the state before them: stored, not shown, and followed by others without their effect', async () => {
      const room = await start();
      const refused = room.state('m.room.name', '', CAROL, { name: 'mine' }, { rejected: true });
      const after = room.say(ALICE, 'go on', { after: [refused] });
      assert.deepEqual(await statuses(room, refused, after), ['rejected', 'accepted']);
      assert.equal(await visible(room, refused), false);
      assert.equal((await stateBefore(engine.db, after)).has('m.room.name\0'), false);
      assert.deepEqual((await look(room)).extremities, [after]);
    });

    test('by their auth events, though the state before them would allow it', async () => {
      const room = await start();
      const withoutMember = [...room.stateAfter([room.last])]
        .filter(([key]) => key === 'm.room.power_levels\0')
        .map(([, id]) => id);
      const refused = room.say(ALICE, 'who am I', { auth: withoutMember, rejected: true });
      const [result] = await send(room, refused);
      assert.equal(result?.status, 'rejected');
      assert.match(result?.error ?? '', /alice/);
    });

    test('because an auth event was: what rests on it falls too', async () => {
      const room = await start('11');
      const { last } = room;
      const before = room.stateAfter([last]);
      const refused = room.member(CAROL, CAROL, 'ban', { rejected: true });
      const auth = ['m.room.create\0', 'm.room.power_levels\0', 'm.room.join_rules\0'].map((k) => before.get(k) ?? '');
      const joins = room.member(CAROL, CAROL, 'join', { after: [last], auth: [...auth, refused], rejected: true });
      const fine = room.member(CAROL, CAROL, 'join', { after: [last] });
      assert.deepEqual(await statuses(room, refused, joins, fine), ['rejected', 'rejected', 'accepted']);
    });

    test('with auth events that do not belong there, or twice', async () => {
      const room = await start('11');
      const state = room.stateAfter([room.last]);
      const auth = ['m.room.create\0', 'm.room.power_levels\0', MEMBER(ALICE)].map((key) => state.get(key) as string);
      const { last } = room;
      const needless = room.say(ALICE, 'x', { auth: [...auth, state.get(MEMBER(BOB)) as string], rejected: true });
      const older = room.member(ALICE, ALICE, 'join', { after: [last] });
      const twice = room.say(ALICE, 'y', { after: [last], auth: [...auth, older], rejected: true });
      const without = room.say(ALICE, 'z', { after: [last], auth: auth.slice(1), rejected: true });
      assert.deepEqual(await statuses(room, needless, older, twice, without), [
        'rejected',
        'accepted',
        'rejected',
        'rejected',
      ]);
    });

    test('with auth events of another room', async () => {
      const other = await start('11');
      const room = await start('11');
      const mine = room.stateAfter([room.last]);
      const theirs = other.stateAfter([other.last]);
      const auth = [
        mine.get('m.room.create\0') as string,
        theirs.get('m.room.power_levels\0') as string,
        mine.get(MEMBER(ALICE)) as string,
      ];
      // In memory the room knows its own events only.
      const stray = other.get(auth[1] as string);
      room.events.set(stray.eventId, stray);
      const [result] = await send(room, room.say(ALICE, 'x', { auth, rejected: true }));
      assert.equal(result?.status, 'rejected');
      assert.match(result?.error ?? '', /another room/);
    });

    test('a second create event is dropped', async () => {
      for (const version of ['11', '12']) {
        const room = await start(version);
        const pdu = room.pdu([...room.events.keys()][0] as string);
        const again = { ...pdu, origin_server_ts: pdu.origin_server_ts + 1 };
        if (version === '11') Object.assign(again, { prev_events: [room.last] });
        const [result] = await engine.events.receive({
          roomId: room.roomId,
          origin: 'a.example',
          pdus: [{ pdu: again as JsonObject }],
        });
        assert.ok(result?.status === 'invalid' || result?.status === 'missing', JSON.stringify(result));
      }
    });

    test('another server’s user in a room that does not federate', async () => {
      const room = new RemoteRoom('12').start({ create: { 'm.federate': false } });
      const joined = room.member(ME, ME, 'join');
      await assert.rejects(
        room.adoptedBy(
          engine.events,
          joined,
          [...room.stateAfter([room.last]).values()].filter((id) => id !== joined),
        ),
        /other servers/,
      );
    });
  });

  describe('soft failure', () => {
    test('an event of a banned user that names the time before the ban is hidden, and what follows it is not', async () => {
      const room = await start();
      const { last } = room;
      const ban = room.member(ALICE, BOB, 'ban', { after: [last] });
      await send(room, ban);
      const evading = room.say(BOB, 'still here', { after: [last] });
      const [result] = await send(room, evading);
      assert.equal(result?.status, 'soft-failed');
      assert.equal(await visible(room, evading), false);
      assert.deepEqual((await look(room)).extremities, [ban]);
      // It can be followed, by servers that saw it in time.
      const merge = room.say(ALICE, 'both', { after: [ban, evading] });
      assert.deepEqual(await statuses(room, merge), ['accepted']);
      assert.deepEqual((await look(room)).extremities, [merge]);
    });

    test('an extremity is followed through a hidden event', async () => {
      const room = await start();
      const { last } = room;
      const said = room.say(ALICE, 'a', { after: [last] });
      const ban = room.member(ALICE, BOB, 'ban', { after: [last] });
      await send(room, ban, said);
      const hidden = room.say(BOB, 'b', { after: [said] });
      assert.deepEqual(await statuses(room, hidden), ['soft-failed']);
      const more = room.say(BOB, 'c', { after: [hidden] });
      assert.deepEqual(await statuses(room, more), ['soft-failed']);
      const merge = room.say(ALICE, 'both', { after: [ban, more] });
      await send(room, merge);
      assert.deepEqual((await look(room)).extremities, [merge]);
    });

    test('hidden state is no current state, and part of the state before what follows it', async () => {
      const room = await start();
      const { last } = room;
      const ban = room.member(ALICE, BOB, 'ban', { after: [last] });
      await send(room, ban);
      const topic = room.topic(BOB, 'last words', { after: [last] });
      assert.deepEqual(await statuses(room, topic), ['soft-failed']);
      assert.equal((await look(room)).current.has(TOPIC), false);
      const follows = room.say(ALICE, 'x', { after: [topic] });
      await send(room, follows);
      assert.equal((await stateBefore(engine.db, follows)).get(TOPIC), topic);
      // Alice's server took it in time: the room's state is what the ends resolve to.
      assert.deepEqual(sorted((await look(room)).current), sorted(room.stateAfter([ban, follows])));
    });

    test('a hidden redaction redacts nothing', async () => {
      const room = await start();
      const said = room.say(ALICE, 'keep me');
      const ban = room.member(ALICE, BOB, 'ban', { after: [said] });
      await send(room, said, ban);
      const redaction = room.redact(BOB, said, { after: [said] });
      assert.deepEqual(await statuses(room, redaction), ['soft-failed']);
      const [row] = await engine.db.query('SELECT redacted_by FROM events WHERE event_id = $1', [said]);
      assert.equal(row.redacted_by, null);
    });
  });

  describe('events that come too early, or without what they rest on', () => {
    test('parents that are not there are named, nothing is stored, and later it is taken', async () => {
      const room = await start();
      const first = room.say(ALICE, '1');
      const second = room.say(ALICE, '2');
      const [result] = await send(room, second);
      assert.equal(result?.status, 'missing');
      assert.deepEqual(result?.missingPrev, [first]);
      const rows = await engine.db.query('SELECT 1 FROM events WHERE event_id = $1', [second]);
      assert.equal(rows.length, 0);
      assert.deepEqual(await statuses(room, first, second), ['accepted', 'accepted']);
    });

    test('in one transaction the order does not matter', async () => {
      const room = await start();
      const ids = Array.from({ length: 10 }, (_, i) => room.say(ALICE, `${i}`));
      assert.ok((await statuses(room, ...ids.toReversed())).every((status) => status === 'accepted'));
      const rows = await engine.db.query(
        'SELECT event_id AS id FROM events WHERE event_id = ANY($1) ORDER BY position',
        [ids],
      );
      assert.deepEqual(
        rows.map((row) => row.id),
        ids,
      );
    });

    test('auth events that are not there are named, and taken as outliers', async () => {
      const room = await start();
      const { last } = room;
      const carol = room.member(CAROL, CAROL, 'join', { after: [last] });
      const gap = room.say(CAROL, 'in the gap', { after: [carol] });
      const far = room.say(CAROL, 'after the gap', { after: [gap] });
      const state = [...room.stateAfter([gap]).values()];
      const needs = { stateBefore: state };
      const [early] = await room.sendTo(engine.events, [far], needs);
      assert.equal(early?.status, 'missing');
      assert.deepEqual(early?.missingAuth, [carol]);
      const [outlier] = await room.sendTo(engine.events, [carol], { outlier: true });
      assert.equal(outlier?.status, 'outlier');
      assert.equal(await visible(room, carol), false);
      assert.deepEqual((await room.sendTo(engine.events, [far], needs))[0]?.status, 'accepted');
      const stored = await look(room);
      assert.equal(stored.current.get(MEMBER(CAROL)), carol);
      assert.equal(stored.members.get(CAROL), 'join');
      assert.deepEqual(stored.extremities, [far, last].sort());

      // The gap is filled from behind: the outlier finds its place, nothing becomes an end again.
      assert.deepEqual(await statuses(room, carol, gap), ['accepted', 'accepted']);
      assert.equal(await visible(room, carol), true);
      const filled = await look(room);
      assert.deepEqual(filled.extremities, [far]);
      assert.deepEqual(sorted(filled.current), sorted(room.stateAfter([far])));
      const missing = await engine.db.query(
        'SELECT 1 FROM missing_events WHERE room_nid = $1 AND event_id = ANY($2::text[])',
        [filled.roomNid, [carol, gap]],
      );
      assert.equal(missing.length, 0);
    });

    test('a parent that only hidden events wait for is an end of the room', async () => {
      const room = await start();
      const { last } = room;
      const ban = room.member(ALICE, BOB, 'ban', { after: [last] });
      await send(room, ban);
      const parent = room.say(ALICE, 'parent', { after: [last] });
      const child = room.say(BOB, 'child', { after: [parent] });
      const state = [...room.stateAfter([parent]).values()];
      const [hidden] = await room.sendTo(engine.events, [child], { stateBefore: state });
      assert.equal(hidden?.status, 'soft-failed');
      await send(room, parent);
      assert.deepEqual((await look(room)).extremities, [ban, parent].sort());
    });

    test('given twice, it is there once', async () => {
      const room = await start();
      const said = room.say(ALICE, 'once');
      const [first] = await send(room, said);
      const [again] = await send(room, said);
      assert.deepEqual(again, { ...first, duplicate: true });
      const both = room.say(ALICE, 'twice in one');
      const results = await send(room, both, both);
      assert.equal(results[0]?.position, results[1]?.position);
    });

    test('a state that is told more than once is stored once', async () => {
      const room = await start();
      const { last } = room;
      const carol = room.member(CAROL, CAROL, 'join', { after: [last] });
      const gap = room.say(CAROL, 'gap', { after: [carol] });
      const late = [0, 1, 2].map((i) => room.say(CAROL, `${i}`, { after: [gap] }));
      const state = [...room.stateAfter([gap]).values()];
      await room.sendTo(engine.events, [carol], { outlier: true });
      for (const id of late) await room.sendTo(engine.events, [id], { stateBefore: state });
      const rows = await engine.db.query<{ group: number }>(
        'SELECT DISTINCT state_group AS "group" FROM events WHERE event_id = ANY($1)',
        [late],
      );
      assert.equal(rows.length, 1);
      // So is what two ends resolve to.
      const fork = [room.topic(ALICE, 'a', { after: late }), room.state('x.y', '', ALICE, {}, { after: late })];
      await send(room, ...fork);
      const both = [0, 1, 2].map((i) => room.say(ALICE, `${i}`, { after: fork }));
      for (const id of both) await send(room, id);
      const merged = await engine.db.query('SELECT DISTINCT state_group FROM events WHERE event_id = ANY($1)', [both]);
      assert.equal(merged.length, 1);
    });

    test('with a state that another server made up, the current state follows resolution', async () => {
      const room = await start();
      const { last } = room;
      const rules = room.state('m.room.join_rules', '', ALICE, { join_rule: 'invite' }, { after: [last] });
      await send(room, rules);
      // Somebody claims that the state before the event was the one before the room was closed.
      const carol = room.member(CAROL, CAROL, 'join', { after: [last] });
      const gap = room.say(CAROL, 'x', { after: [carol] });
      const late = room.say(CAROL, 'y', { after: [gap] });
      const state = [...room.stateAfter([gap]).values()];
      await room.sendTo(engine.events, [carol], { outlier: true });
      const [result] = await room.sendTo(engine.events, [late], { stateBefore: state });
      // Carol is not in the room as this server knows it, so the event is hidden and brings no state with it.
      assert.equal(result?.status, 'soft-failed');
      assert.equal((await look(room)).current.has(MEMBER(CAROL)), false);
    });
  });

  describe('state resets', () => {
    test('old power levels that come late do not undo newer ones', async () => {
      for (const version of ['2', '11', '12']) {
        const room = await start(version);
        const { last } = room;
        const newer = room.levels({ [BOB]: 75 }, { after: [last] });
        const topic = room.topic(BOB, 'by power', { after: [newer] });
        await send(room, newer, topic);
        const older = room.levels({ [BOB]: 10 }, { after: [last], ts: room.clock - 60_000 });
        await send(room, older);
        const stored = await look(room);
        const wanted = room.stateAfter([topic, older]);
        assert.deepEqual(sorted(stored.current), sorted(wanted));
        assert.equal(stored.current.get('m.room.power_levels\0'), newer);
        assert.equal(stored.current.get(TOPIC), topic);
      }
    });

    test('a member that a resolution takes out has left, and readers of the stream are told', async () => {
      const room = await start('11', { [BOB]: 50, [CAROL]: 50 });
      const { last } = room;
      const invite = room.member(BOB, '@dave:d.example', 'invite', { after: [last] });
      const joins = room.member('@dave:d.example', '@dave:d.example', 'join', { after: [invite] });
      await send(room, invite, joins);
      // At the same time, as others saw it, nobody but Alice may invite and the room was closed.
      const closed = room.state('m.room.join_rules', '', ALICE, { join_rule: 'invite' }, { after: [last] });
      const kicked = room.member(ALICE, BOB, 'leave', { after: [closed], ts: room.clock - 120_000 });
      await send(room, closed, kicked);
      const wanted = room.stateAfter([joins, kicked]);
      const stored = await look(room);
      assert.deepEqual(sorted(stored.current), sorted(wanted));
      const gone = !wanted.has(MEMBER('@dave:d.example'));
      assert.equal(stored.members.get('@dave:d.example'), gone ? 'leave' : 'join');
      assert.equal(stored.members.get(BOB), 'leave');
    });
  });

  describe('redactions', () => {
    test('one that comes before its target waits, and is shown with it', async () => {
      for (const version of ['3', '11', '12']) {
        const room = await start(version);
        const { last } = room;
        const carolJoins = room.member(CAROL, CAROL, 'join', { after: [last] });
        const spam = room.say(CAROL, 'more spam', { after: [carolJoins] });
        const redaction = room.redact(BOB, spam, { after: [last] });
        await send(room, redaction);
        assert.equal(await visible(room, redaction), false, 'it has no effect yet');
        await send(room, carolJoins, spam);
        const [row] = await engine.db.query(
          'SELECT t.position, x.event_id AS by, x.position AS shown FROM events t JOIN events x ON x.event_nid = t.redacted_by WHERE t.event_id = $1',
          [spam],
        );
        assert.equal(row?.by, redaction);
        assert.ok(row.shown > row.position, 'the redaction is shown after what it redacts');
      }
    });

    test('by somebody without the right it never takes effect', async () => {
      const room = await start();
      const carol = room.member(CAROL, CAROL, 'join');
      const said = room.say(ALICE, 'stays');
      const redaction = room.redact(CAROL, said);
      const own = room.say(CAROL, 'goes');
      const second = room.redact('@other:c.example', own, { rejected: true });
      await send(room, carol, said, redaction, own, second);
      const rows = await engine.db.query('SELECT redacted_by AS by FROM events WHERE event_id = ANY($1)', [
        [said, own],
      ]);
      assert.deepEqual(
        rows.map((row) => row.by),
        [null, null],
      );
      assert.equal(await visible(room, redaction), false);
    });

    test('in versions 1 and 2 the auth rules decide, by the domain of the id', async () => {
      for (const version of ['1', '2']) {
        const room = await start(version);
        const carol = room.member(CAROL, CAROL, 'join');
        const said = room.say(ALICE, 'stays');
        const own = room.say(CAROL, 'goes');
        const refused = room.redact(CAROL, said, { rejected: true });
        const fine = room.redact(CAROL, own, { after: [own] });
        assert.deepEqual((await statuses(room, carol, said, own, refused, fine)).slice(3), ['rejected', 'accepted']);
        const rows = await engine.db.query(
          'SELECT redacted_by IS NOT NULL AS gone FROM events WHERE event_id = ANY($1) ORDER BY depth',
          [[said, own]],
        );
        assert.deepEqual(
          rows.map((row) => row.gone),
          [false, true],
        );
      }
    });
  });

  describe('form', () => {
    test('a wrong content hash leaves the redacted event', async () => {
      const room = await start();
      const id = room.say(ALICE, 'as signed');
      const pdu = { ...room.pdu(id), content: { body: 'tampered', msgtype: 'm.text' } };
      const [result] = await engine.events.receive({
        roomId: room.roomId,
        origin: 'a.example',
        pdus: [{ pdu: pdu as JsonObject }],
      });
      assert.deepEqual([result?.eventId, result?.status], [id, 'accepted']);
      const [row] = await engine.db.query('SELECT json FROM events WHERE event_id = $1', [id]);
      assert.deepEqual(JSON.parse(row.json).content, {});
    });

    test('what is no event of the room is dropped, one by one', async () => {
      const room = await start();
      const other = await start();
      const good = room.say(ALICE, 'good');
      const bad: JsonObject[] = [
        {},
        { ...(room.pdu(good) as JsonObject), depth: 'deep' },
        { ...(room.pdu(good) as JsonObject), prev_events: Array.from({ length: 21 }, () => good) },
        { ...(room.pdu(good) as JsonObject), auth_events: Array.from({ length: 11 }, () => good) },
        { ...(room.pdu(good) as JsonObject), content: { body: 1.5 } },
        { ...(room.pdu(good) as JsonObject), type: 'x'.repeat(256) },
        { ...(room.pdu(good) as JsonObject), content: { body: 'x'.repeat(66_000) } },
        other.pdu(other.last) as JsonObject,
      ];
      const results = await engine.events.receive({
        roomId: room.roomId,
        origin: 'a.example',
        pdus: [...bad, room.pdu(good) as JsonObject].map((pdu) => ({ pdu })),
      });
      assert.deepEqual(
        results.map((r) => r.status),
        [...bad.map(() => 'invalid'), 'accepted'],
      );
      assert.ok(results.slice(0, -1).every((r) => r.error));
    });

    test('floats: taken before version 6, dropped since', async () => {
      for (const [version, status] of [
        ['5', 'accepted'],
        ['6', 'invalid'],
      ] as const) {
        const room = await start(version);
        const id = room.say(ALICE, 'x');
        const pdu = { ...room.pdu(id), content: { body: 'x', number: 1.5 } };
        const [result] = await engine.events.receive({
          roomId: room.roomId,
          origin: 'a.example',
          pdus: [{ pdu: JSON.parse(JSON.stringify(pdu)) }],
        });
        assert.equal(result?.status, status);
      }
    });

    test('depth beyond the range is dropped since version 6; the largest is followed by the same', async () => {
      const room = await start('6');
      const id = room.say(ALICE, 'deep', { depth: Number.MAX_SAFE_INTEGER });
      assert.deepEqual(await statuses(room, id), ['accepted']);
      const { eventId } = await engine.events.send({
        roomId: room.roomId,
        event: { type: 'm.room.message', sender: ME, content: { body: 'hi' } },
      });
      const [row] = await engine.db.query('SELECT json FROM events WHERE event_id = $1', [eventId]);
      assert.equal(JSON.parse(row.json).depth, Number.MAX_SAFE_INTEGER);
      const beyond = { ...room.pdu(id), depth: 2 ** 53 };
      const [result] = await engine.events.receive({
        roomId: room.roomId,
        origin: 'a.example',
        pdus: [{ pdu: JSON.parse(JSON.stringify(beyond)) }],
      });
      assert.equal(result?.status, 'invalid');
    });

    test('unsigned of other servers is not kept', async () => {
      const room = await start();
      const id = room.say(ALICE, 'x', { change: (pdu) => Object.assign(pdu, { unsigned: { age: 5, mine: true } }) });
      await send(room, id);
      const [row] = await engine.db.query('SELECT json FROM events WHERE event_id = $1', [id]);
      const { unsigned: _, ...rest } = room.pdu(id);
      assert.equal(row.json, canonicalJson(rest));
    });
  });
});
