import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { act, ids, join, keys, ok, otherDevice, Reader, reader, roomPath, send, setState, texts } from './reader.ts';

describe('GET /sync', () => {
  let server: TestServer;
  let n = 0;
  const newUser = (): Promise<TestUser> => server.user(`user${++n}`);
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  test('an initial sync of somebody new', async () => {
    const alice = await newUser();
    const body = await new Reader(alice).sync();
    assert.match(body.next_batch, /^s\d+(_\d+)+$/);
    assert.equal(body.rooms, undefined);
    assert.deepEqual(
      body.account_data.events.map((e: { type: string }) => e.type),
      ['m.push_rules'],
    );
    assert.deepEqual(body.device_one_time_keys_count, { signed_curve25519: 0 });
    assert.deepEqual(body.device_unused_fallback_key_types, []);
    assert.equal(body.device_lists, undefined);
    assert.equal(body.to_device, undefined);
  });

  test('an initial sync gives the newest events of a room and the state before them', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice, { preset: 'public_chat', name: 'a room', topic: 'of interest' });
    await join(bob, room);
    const sent = [];
    for (let i = 0; i < 9; i++) sent.push(await say(i % 2 ? alice : bob, room, `m${i}`));
    const topic = await setState(alice, room, 'm.room.topic', { topic: 'new' });
    const body = await new Reader(bob).sync();
    const entry = body.rooms.join[room];
    assert.deepEqual(Object.keys(body.rooms), ['join']);
    assert.deepEqual(ids(entry.timeline.events), [...sent, topic]);
    assert.equal(entry.timeline.limited, true);
    assert.deepEqual(
      keys(entry.state.events),
      [
        `m.room.create|`,
        `m.room.history_visibility|`,
        `m.room.join_rules|`,
        `m.room.member|${alice.userId}`,
        `m.room.member|${bob.userId}`,
        `m.room.name|`,
        `m.room.power_levels|`,
        `m.room.topic|`,
      ].sort(),
    );
    const before = entry.state.events.find((e: { type: string }) => e.type === 'm.room.topic');
    assert.equal(before.content.topic, 'of interest', 'state is that before the timeline');
    assert.deepEqual(entry.ephemeral, { events: [] });
    assert.deepEqual(entry.account_data, { events: [] });
    assert.equal(entry.summary, undefined, 'only for readers who load members lazily');
    const event = entry.timeline.events[1];
    assert.deepEqual(Object.keys(event).sort(), [
      'content',
      'event_id',
      'origin_server_ts',
      'room_id',
      'sender',
      'type',
      'unsigned',
    ]);
    assert.equal(event.unsigned.membership, 'join');
    assert.ok(event.unsigned.age >= 0 && event.unsigned.age < 60_000);
  });

  test('a small room comes whole, with no state', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const entry = (await new Reader(alice).sync()).rooms.join[room];
    assert.equal(entry.timeline.events[0].type, 'm.room.create');
    assert.equal(entry.timeline.limited, false);
    assert.deepEqual(entry.state.events, []);
  });

  test('an incremental sync gives what is new, once', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice, { preset: 'public_chat' });
    const other = await makeRoom(alice);
    await join(bob, room);
    const it = await reader(bob);
    assert.equal((await it.sync()).rooms, undefined);
    const first = await say(alice, room, 'one');
    const second = await setState(alice, room, 'm.room.topic', { topic: 'two' });
    await say(alice, other, 'not for bob');
    const body = await it.sync();
    assert.deepEqual(Object.keys(body.rooms.join), [room]);
    const entry = body.rooms.join[room];
    assert.deepEqual(ids(entry.timeline.events), [first, second]);
    assert.equal(entry.timeline.limited, false);
    assert.deepEqual(entry.state.events, [], 'what the timeline shows is not repeated');
    assert.equal((await it.sync()).rooms, undefined);
    const third = await say(alice, room, 'three');
    assert.deepEqual(ids((await it.sync()).rooms.join[room].timeline.events), [third]);
  });

  test('the same token gives the same events again', async () => {
    const alice = await newUser();
    const room = await makeRoom(alice);
    const it = await reader(alice);
    const token = it.since;
    const eventId = await say(alice, room, 'hello');
    for (let i = 0; i < 2; i++) {
      it.since = token;
      assert.deepEqual(ids((await it.sync()).rooms.join[room].timeline.events), [eventId]);
    }
  });

  test('a room that the user has made is new, with all its events', async () => {
    const alice = await newUser();
    const it = await reader(alice);
    const room = await makeRoom(alice, { name: 'mine' });
    const entry = (await it.sync()).rooms.join[room];
    assert.equal(entry.timeline.events[0].type, 'm.room.create');
    assert.deepEqual(entry.state.events, []);
    assert.equal((await it.sync()).rooms, undefined);
  });

  test('redactions show in later syncs, and the redacted event is empty', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice, { preset: 'public_chat' });
    await join(bob, room);
    const it = await reader(bob);
    const token = it.since as string;
    const eventId = await say(alice, room, 'a secret');
    await it.sync();
    const redaction = (await ok(alice, 'PUT', roomPath(room, `/redact/${eventId}/r1`), { reason: 'slip' })).event_id;
    const news = (await it.sync()).rooms.join[room].timeline.events;
    assert.deepEqual(ids(news), [redaction]);
    assert.equal(news[0].redacts, eventId);
    assert.equal(news[0].content.redacts, eventId);
    for (const since of [token, undefined]) {
      const again = new Reader(bob);
      again.since = since;
      const events = (await again.sync()).rooms.join[room].timeline.events;
      const redacted = events.find((e: { event_id: string }) => e.event_id === eventId);
      assert.deepEqual(redacted.content, {});
      assert.equal(redacted.unsigned.redacted_because.event_id, redaction);
    }
    assert.doesNotMatch(JSON.stringify(await new Reader(bob).sync()), /a secret/);
  });

  test('the transaction id is for the device that sent the event', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice, { preset: 'public_chat' });
    await join(bob, room);
    const readers = [await reader(alice), await reader(bob)];
    const path = roomPath(room, '/send/m.room.message/my-txn');
    await ok(alice, 'PUT', path, { msgtype: 'm.text', body: 'hi' });
    const unsigned = async (it: Reader) => (await it.sync()).rooms.join[room].timeline.events.at(-1).unsigned;
    assert.equal((await unsigned(readers[0] as Reader)).transaction_id, 'my-txn');
    assert.equal((await unsigned(readers[1] as Reader)).transaction_id, undefined);
    const second = await new Reader(await otherDevice(server, alice)).sync();
    const event = second.rooms.join[room].timeline.events.at(-1);
    assert.equal(event.content.body, 'hi');
    assert.equal(event.unsigned.transaction_id, undefined);
    assert.equal((await unsigned(new Reader(alice))).transaction_id, 'my-txn', 'also in an initial sync');
  });

  test('events come with what others relate to them', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice, { preset: 'public_chat' });
    await join(bob, room);
    const it = await reader(bob);
    const token = it.since as string;
    const root = await say(alice, room, 'root');
    await send(alice, room, 'm.room.message', {
      msgtype: 'm.text',
      body: '* edited',
      'm.new_content': { msgtype: 'm.text', body: 'edited' },
      'm.relates_to': { rel_type: 'm.replace', event_id: root },
    });
    const reply = await send(bob, room, 'm.room.message', {
      msgtype: 'm.text',
      body: 'in a thread',
      'm.relates_to': { rel_type: 'm.thread', event_id: root },
    });
    for (const since of [token, undefined]) {
      const again = new Reader(bob);
      again.since = since;
      const events = (await again.sync()).rooms.join[room].timeline.events;
      const relations = events.find((e: { event_id: string }) => e.event_id === root).unsigned['m.relations'];
      assert.equal(relations['m.replace'].content['m.new_content'].body, 'edited');
      assert.equal(relations['m.thread'].count, 1);
      assert.equal(relations['m.thread'].latest_event.event_id, reply);
      assert.equal(relations['m.thread'].current_user_participated, true);
    }
  });

  test('two syncs with the same token at the same time give the same', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice, { preset: 'public_chat' });
    await join(bob, room);
    const it = await reader(bob);
    const other = new Reader(bob);
    other.since = it.since;
    for (let i = 0; i < 3; i++) await say(alice, room, `m${i}`);
    const [one, two] = await Promise.all([it.sync(), other.sync()]);
    assert.deepEqual(texts(one.rooms.join[room].timeline.events), ['m0', 'm1', 'm2']);
    assert.deepEqual(ids(one.rooms.join[room].timeline.events), ids(two.rooms.join[room].timeline.events));
    assert.equal(one.next_batch, two.next_batch);
  });

  test('nothing is lost or repeated while others write', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice, { preset: 'public_chat' });
    await join(bob, room);
    const it = await reader(bob, { filter: { room: { timeline: { limit: 100 } } } });
    const sent: string[] = [];
    const writing = Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let i = 0; i < 15; i++) sent.push(await say(alice, room, 'x'));
      }),
    );
    let over = false;
    void writing.then(() => {
      over = true;
    });
    const seen: string[] = [];
    for (let last = false; !last; ) {
      last = over;
      const body = await it.sync({ timeout: last ? 0 : 50 });
      const timeline = body.rooms?.join?.[room]?.timeline;
      if (!timeline) continue;
      assert.equal(timeline.limited, false);
      seen.push(...ids(timeline.events));
    }
    assert.equal(seen.length, 60);
    assert.deepEqual([...seen].sort(), [...sent].sort());
  });

  test('an invite to somebody who syncs for the first time', async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const room = await makeRoom(alice, { name: 'come in' });
    await act(alice, 'invite', bob, room);
    const body = await new Reader(bob).sync();
    const { events } = body.rooms.invite[room].invite_state;
    assert.deepEqual(keys(events), [
      'm.room.create|',
      'm.room.join_rules|',
      `m.room.member|${alice.userId}`,
      `m.room.member|${bob.userId}`,
      'm.room.name|',
    ]);
    const own = events.at(-1);
    assert.equal(own.content.membership, 'invite');
    assert.equal(own.sender, alice.userId);
    for (const event of events.slice(0, -1)) {
      assert.deepEqual(Object.keys(event).sort(), ['content', 'sender', 'state_key', 'type'], 'stripped');
    }
  });
});
