import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { ids, join, keys, leave, ok, Reader, reader, roomPath, send, setState, texts } from './reader.ts';

describe('timelines, state and filters of /sync', () => {
  let server: TestServer;
  let n = 0;
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  async function pair(): Promise<{ alice: TestUser; bob: TestUser; room: string }> {
    const [alice, bob] = await Promise.all([server.user(`a${++n}`), server.user(`b${n}`)]);
    const room = await makeRoom(alice, { preset: 'public_chat' });
    await join(bob, room);
    return { alice, bob, room };
  }

  const timeline = (part: object) => ({ filter: { room: { timeline: part } } });

  describe('limits', () => {
    test('a gap: the newest events, state of the gap, and a token to page back with', async () => {
      const { alice, bob, room } = await pair();
      const it = await reader(bob, timeline({ limit: 3 }));
      const lost = [await setState(alice, room, 'x.gap', { v: 1 }), await setState(alice, room, 'x.gap', { v: 2 })];
      for (let i = 0; i < 4; i++) lost.push(await say(alice, room, `lost ${i}`));
      const shown = [
        await say(alice, room, 'm1'),
        await setState(alice, room, 'x.shown', {}),
        await say(alice, room, 'm2'),
      ];
      const entry = (await it.sync()).rooms.join[room];
      assert.deepEqual(ids(entry.timeline.events), shown);
      assert.equal(entry.timeline.limited, true);
      assert.deepEqual(
        entry.state.events.map((e: { type: string; content: unknown }) => [e.type, e.content]),
        [['x.gap', { v: 2 }]],
        'the last event of each key of the gap, and nothing of the timeline',
      );
      const paged = await ok(
        bob,
        'GET',
        roomPath(room, `/messages?dir=b&from=${entry.timeline.prev_batch}&limit=${lost.length}`),
      );
      assert.deepEqual(ids(paged.chunk).reverse(), lost);
      const forward = await ok(bob, 'GET', roomPath(room, `/messages?dir=f&from=${it.since}`));
      assert.deepEqual(forward.chunk, []);
    });

    test('exactly as many as the limit is no gap', async () => {
      const { alice, bob, room } = await pair();
      const it = await reader(bob, timeline({ limit: 3 }));
      for (let i = 0; i < 3; i++) await say(alice, room, `m${i}`);
      const entry = (await it.sync()).rooms.join[room].timeline;
      assert.equal(entry.events.length, 3);
      assert.equal(entry.limited, false);
      const paged = await ok(bob, 'GET', roomPath(room, `/messages?dir=b&from=${entry.prev_batch}&limit=1`));
      assert.equal(paged.chunk[0].type, 'm.room.member', 'paging back goes on before the first event');
    });

    test('zero, one, ten without a word, a hundred at most', async () => {
      const { alice, bob, room } = await pair();
      const filters = [timeline({ limit: 0 }), timeline({ limit: 1 }), {}, timeline({ limit: 1_000 })];
      const readers = [];
      for (const filter of filters) readers.push(await reader(bob, filter));
      const changed = await setState(alice, room, 'x.state', {});
      const path = { events: [] as string[] };
      for (let i = 0; i < 110; i++) path.events.push(await say(alice, room, `m${i}`));
      const entries = [];
      for (const it of readers) entries.push((await it.sync()).rooms.join[room]);
      assert.deepEqual(
        entries.map((entry) => [entry.timeline.events.length, entry.timeline.limited]),
        [
          [0, true],
          [1, true],
          [10, true],
          [100, true],
        ],
      );
      for (const entry of entries) assert.deepEqual(ids(entry.state.events), [changed]);
    });

    test('a filter that lets few through fills its limit from further back', async () => {
      const { alice, bob, room } = await pair();
      const wanted = await say(alice, room, 'wanted');
      for (let i = 0; i < 12; i++) await send(alice, room, 'x.filler', { i });
      const it = new Reader(bob, timeline({ limit: 1, types: ['m.room.message'] }));
      const entry = (await it.sync()).rooms.join[room];
      assert.deepEqual(ids(entry.timeline.events), [wanted]);
      assert.equal(entry.timeline.limited, false, 'there is no other');
      assert.ok(keys(entry.state.events).includes('m.room.create|'), 'state that the filter hides is told');
      await setState(alice, room, 'x.state', {});
      const next = (await it.sync()).rooms.join[room];
      assert.deepEqual(next.timeline.events, []);
      assert.deepEqual(keys(next.state.events), ['x.state|']);
    });

    test('in hundreds of other events', async () => {
      const { alice, bob, room } = await pair();
      const it = await reader(bob, timeline({ limit: 2, types: ['x.rare'] }));
      const rare = await send(alice, room, 'x.rare', {});
      const events = Array.from({ length: 450 }, (_, i) => ({
        type: 'x.filler',
        sender: alice.userId,
        content: { i },
      }));
      await server.ctx.writers.events.sendAll({ roomId: room, events });
      const entry = (await it.sync()).rooms.join[room];
      assert.deepEqual(ids(entry.timeline.events), [rare]);
      assert.equal(entry.timeline.limited, false);
      await server.ctx.writers.events.sendAll({ roomId: room, events });
      assert.equal((await it.sync()).rooms, undefined);
    });
  });

  describe('filters', () => {
    test('by type, sender, content and room', async () => {
      const { alice, bob, room } = await pair();
      const other = await makeRoom(alice, { preset: 'public_chat' });
      await join(bob, other);
      const one = await say(alice, room, 'one');
      const two = await say(bob, room, 'two');
      const three = await send(alice, room, 'm.room.message', { msgtype: 'm.image', body: 'three', url: 'mxc://x/y' });
      const four = await send(bob, room, 'x.custom.type', {});
      const five = await say(alice, other, 'five');
      const seen = async (part: object, whole: object = {}) => {
        const filter = { room: { timeline: { limit: 50, ...part }, ...whole } };
        const joined = (await new Reader(alice, { filter }).sync()).rooms?.join ?? {};
        const all = [one, two, three, four, five];
        return all.filter((id) => [room, other].some((r) => ids(joined[r]?.timeline.events).includes(id)));
      };
      assert.deepEqual(await seen({}), [one, two, three, four, five]);
      assert.deepEqual(await seen({ types: ['m.room.message'] }), [one, two, three, five]);
      assert.deepEqual(await seen({ types: ['x.*'] }), [four]);
      assert.deepEqual(await seen({ not_types: ['m.room.*'] }), [four]);
      assert.deepEqual(await seen({ types: ['*'], not_types: ['*'] }), []);
      assert.deepEqual(await seen({ types: [] }), []);
      assert.deepEqual(await seen({ senders: [bob.userId] }), [two, four]);
      assert.deepEqual(await seen({ not_senders: [bob.userId] }), [one, three, five]);
      assert.deepEqual(await seen({ contains_url: true }), [three]);
      assert.deepEqual(await seen({ contains_url: false, types: ['m.room.message'] }), [one, two, five]);
      assert.deepEqual(await seen({ rooms: [other] }), [five]);
      assert.deepEqual(await seen({ not_rooms: [other] }), [one, two, three, four]);
      assert.deepEqual(await seen({}, { rooms: [other] }), [five]);
      assert.deepEqual(await seen({}, { not_rooms: [other] }), [one, two, three, four]);
      assert.deepEqual(await seen({}, { rooms: [] }), []);
      const filter = { room: { rooms: [other] } };
      assert.deepEqual(Object.keys((await new Reader(alice, { filter }).sync()).rooms.join), [other]);
    });

    test('of the state', async () => {
      const { alice, bob, room } = await pair();
      const filter = { room: { state: { types: ['x.*'] }, timeline: { limit: 1 } } };
      await setState(alice, room, 'x.one', {});
      await setState(alice, room, 'y.two', {});
      await say(alice, room, 'm');
      const it = new Reader(bob, { filter });
      assert.deepEqual(keys((await it.sync()).rooms.join[room].state.events), ['x.one|']);
      await setState(alice, room, 'x.three', {});
      await setState(alice, room, 'y.four', {});
      await say(alice, room, 'm');
      assert.deepEqual(keys((await it.sync()).rooms.join[room].state.events), ['x.three|']);
      const nothing = new Reader(bob, { filter: { room: { state: { types: [] }, timeline: { limit: 1 } } } });
      assert.deepEqual((await nothing.sync()).rooms.join[room].state.events, []);
    });

    test('that exclude everything of a room leave the room out', async () => {
      const { alice, bob, room } = await pair();
      const nothing = { types: [] };
      const it = await reader(bob, {
        filter: { room: { timeline: nothing, state: nothing, ephemeral: nothing, account_data: nothing } },
      });
      await say(alice, room, 'm');
      await setState(alice, room, 'x.state', {});
      await ok(alice, 'PUT', roomPath(room, `/typing/${alice.userId}`), { typing: true, timeout: 1_000 });
      assert.equal((await it.sync()).rooms, undefined);
    });

    test('event_fields cut events down, state included', async () => {
      const { alice, bob, room } = await pair();
      await setState(alice, room, 'x.state', { keep: 1, drop: 2 });
      await say(alice, room, 'hello');
      const filter = { event_fields: ['type', 'content.body', 'content.keep'], room: { timeline: { limit: 1 } } };
      const entry = (await new Reader(bob, { filter }).sync()).rooms.join[room];
      assert.deepEqual(entry.timeline.events, [{ type: 'm.room.message', content: { body: 'hello' } }]);
      assert.deepEqual(
        entry.state.events.filter((e: { type: string }) => e.type === 'x.state'),
        [{ type: 'x.state', content: { keep: 1 } }],
      );
    });

    test('event_format federation gives events as servers exchange them', async () => {
      const { alice, bob, room } = await pair();
      const eventId = await say(alice, room, 'hello');
      const filter = { event_format: 'federation', room: { timeline: { limit: 1 } } };
      const [event] = (await new Reader(bob, { filter }).sync()).rooms.join[room].timeline.events;
      assert.equal(event.event_id, eventId);
      assert.equal(event.room_id, room);
      assert.equal(event.content.body, 'hello');
      for (const name of ['auth_events', 'prev_events', 'hashes', 'signatures', 'depth', 'origin_server_ts'])
        assert.ok(event[name], name);
    });

    test('stored ones by their id; wrong ones are refused', async () => {
      const { alice, bob, room } = await pair();
      const path = `/user/${encodeURIComponent(bob.userId)}/filter`;
      const { filter_id: id } = await ok(bob, 'POST', path, { room: { timeline: { limit: 1 } } });
      await say(alice, room, 'one');
      await say(alice, room, 'two');
      const entry = (await new Reader(bob, { filter: id }).sync()).rooms.join[room];
      assert.deepEqual(texts(entry.timeline.events), ['two']);
      for (const [filter, errcode] of [
        ['999', 'M_INVALID_PARAM'],
        ['nonsense', 'M_INVALID_PARAM'],
        ['{"room":', 'M_INVALID_PARAM'],
        ['{"room":7}', 'M_BAD_JSON'],
        ['{"room":{"timeline":{"limit":-1}}}', 'M_BAD_JSON'],
        ['{"room":{"rooms":["bad"]}}', 'M_BAD_JSON'],
        ['{"room":{"state":{"lazy_load_members":1}}}', 'M_BAD_JSON'],
      ] as const) {
        const answer = await bob.call('GET', `/sync?filter=${encodeURIComponent(filter)}`);
        assert.deepEqual([answer.status, answer.body.errcode], [400, errcode], filter);
      }
      const other = await alice.call('GET', `/sync?filter=${id}`);
      assert.equal(other.status, 400, 'a filter of somebody else');
    });
  });

  describe('full_state and state_after', () => {
    test('full_state gives the whole state of every room, and only the recent timeline', async () => {
      const { alice, bob, room } = await pair();
      const quiet = await makeRoom(bob);
      const it = await reader(bob, timeline({ limit: 2 }));
      await setState(alice, room, 'x.state', { v: 1 });
      for (let i = 0; i < 5; i++) await say(alice, room, `m${i}`);
      const { join: rooms } = (await it.sync({ full_state: true, timeout: 10_000 })).rooms;
      assert.deepEqual(Object.keys(rooms).sort(), [room, quiet].sort());
      assert.deepEqual(texts(rooms[room].timeline.events), ['m3', 'm4']);
      assert.equal(rooms[room].timeline.limited, true);
      for (const key of ['m.room.create|', 'm.room.power_levels|', 'x.state|', `m.room.member|${alice.userId}`])
        assert.ok(keys(rooms[room].state.events).includes(key), key);
      assert.deepEqual(rooms[quiet].timeline.events, []);
      assert.equal(rooms[quiet].timeline.limited, false);
      assert.ok(keys(rooms[quiet].state.events).includes('m.room.create|'));
    });

    test('full_state of a room that was just left', async () => {
      const { alice, bob, room } = await pair();
      const it = await reader(bob, { filter: { room: { include_leave: true } } });
      await leave(bob, room);
      await setState(alice, room, 'x.later', {});
      const entry = (await it.sync({ full_state: true })).rooms.leave[room];
      assert.equal(entry.timeline.events.length, 1);
      assert.ok(keys(entry.state.events).includes('m.room.create|'));
      assert.ok(!keys(entry.state.events).includes('x.later|'));
    });

    test('state_after is the state behind the timeline, with what the timeline shows', async () => {
      const { alice, bob, room } = await pair();
      for (const prefix of ['', 'org.matrix.msc4222.']) {
        const [name, state] = [`${prefix}use_state_after`, `${prefix}state_after`];
        const it = await reader(bob, { [name]: true, ...timeline({ limit: 2 }) });
        const one = await setState(alice, room, 'x.state', { name, v: 1 });
        const shown = await it.sync();
        assert.deepEqual(ids(shown.rooms.join[room][state].events), [one]);
        assert.equal(shown.rooms.join[room].state, undefined);
        assert.deepEqual(ids(shown.rooms.join[room].timeline.events), [one]);
        await setState(alice, room, 'x.state', { name, v: 2 });
        await say(alice, room, 'm1');
        const three = await setState(alice, room, 'x.state', { name, v: 3 });
        const gap = (await it.sync()).rooms.join[room];
        assert.equal(gap.timeline.limited, true);
        assert.deepEqual(ids(gap[state].events), [three]);
        await say(alice, room, 'm2');
        assert.deepEqual((await it.sync()).rooms.join[room][state].events, []);
      }
      const initial = (await new Reader(bob, { use_state_after: true }).sync()).rooms.join[room];
      const state = initial.state_after.events.find((e: { type: string }) => e.type === 'x.state');
      assert.equal(state.content.v, 3);
    });
  });

  test('a state event whose content has NUL in it disturbs nobody', async () => {
    const { alice, bob, room } = await pair();
    await setState(alice, room, 'm.room.name', { name: 'a\u0000b' });
    const filter = { room: { state: { lazy_load_members: true } } };
    const entry = (await new Reader(bob, { filter }).sync()).rooms.join[room];
    assert.equal(entry.summary['m.heroes'], undefined);
  });
});
