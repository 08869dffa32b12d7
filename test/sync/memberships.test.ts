import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { act, ids, join, keys, leave, ok, Reader, reader, roomPath, setState, texts } from './reader.ts';

const INCLUDE_LEAVE = { filter: { room: { include_leave: true } } };

describe('/sync and memberships', () => {
  let server: TestServer;
  let n = 0;
  const newUsers = async (count: number): Promise<TestUser[]> =>
    Promise.all(Array.from({ length: count }, () => server.user(`user${++n}`)));
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  async function pair(body: object = {}): Promise<{ alice: TestUser; bob: TestUser; room: string }> {
    const [alice, bob] = (await newUsers(2)) as [TestUser, TestUser];
    const room = await makeRoom(alice, { preset: 'public_chat', ...body });
    return { alice, bob, room };
  }

  const visibility = (value: string) => ({
    initial_state: [{ type: 'm.room.history_visibility', state_key: '', content: { history_visibility: value } }],
  });

  describe('joining', () => {
    test('gives the whole state and what the visibility of the history allows', async () => {
      for (const [value, bodies] of [
        ['shared', ['before', 'after']],
        ['joined', ['after']],
      ] as const) {
        const { alice, bob, room } = await pair(visibility(value));
        const it = await reader(bob);
        await setState(alice, room, 'x.early', { set: 1 });
        await say(alice, room, 'before');
        await join(bob, room);
        await say(alice, room, 'after');
        const entry = (await it.sync()).rooms.join[room];
        assert.deepEqual(texts(entry.timeline.events), bodies, value);
        assert.equal(entry.timeline.limited, true);
        const known = keys([...entry.state.events, ...entry.timeline.events]);
        for (const key of [
          'm.room.create|',
          'x.early|',
          `m.room.member|${alice.userId}`,
          `m.room.member|${bob.userId}`,
        ])
          assert.ok(known.includes(key), `${value}: ${key}`);
      }
    });

    test('after an invite, `invited` history shows from the invite on', async () => {
      const { alice, bob, room } = await pair({ preset: 'private_chat', ...visibility('invited') });
      await say(alice, room, 'before the invite');
      await act(alice, 'invite', bob, room);
      await say(alice, room, 'between');
      await join(bob, room);
      await say(alice, room, 'after');
      const events = (await new Reader(bob).sync()).rooms.join[room].timeline.events;
      assert.deepEqual(texts(events), ['between', 'after']);
      const between = events.find((e: { content: { body?: string } }) => e.content.body === 'between');
      assert.equal(between.unsigned.membership, 'invite');
    });

    test('a change of the own name does not make a room new', async () => {
      const { alice, bob, room } = await pair();
      await setState(alice, room, 'x.state', {});
      await join(bob, room);
      const it = await reader(bob);
      const renamed = await setState(bob, room, 'm.room.member', { membership: 'join', displayname: 'B' }, bob.userId);
      const entry = (await it.sync()).rooms.join[room];
      assert.deepEqual(ids(entry.timeline.events), [renamed]);
      assert.equal(entry.timeline.limited, false);
      assert.deepEqual(entry.state.events, []);
    });

    test('account data from before joining comes with the room', async () => {
      const { alice, bob, room } = await pair();
      const it = await reader(bob);
      await act(alice, 'invite', bob, room);
      await ok(bob, 'PUT', `/user/${bob.userId}/rooms/${encodeURIComponent(room)}/account_data/x.mark`, { m: 1 });
      await it.sync();
      await join(bob, room);
      assert.deepEqual((await it.sync()).rooms.join[room].account_data.events, [{ type: 'x.mark', content: { m: 1 } }]);
    });
  });

  describe('leaving', () => {
    test('shows in the leave section once, with the events up to it', async () => {
      const { alice, bob, room } = await pair();
      await join(bob, room);
      const it = await reader(bob);
      const first = await say(alice, room, 'one');
      await leave(bob, room);
      await say(alice, room, 'bob must not see this');
      const body = await it.sync();
      assert.deepEqual(Object.keys(body.rooms), ['leave']);
      const { timeline, state } = body.rooms.leave[room];
      assert.equal(timeline.events.length, 2);
      assert.equal(timeline.events[0].event_id, first);
      assert.equal(timeline.events[1].content.membership, 'leave');
      assert.equal(timeline.limited, false);
      assert.deepEqual(state.events, []);
      await say(alice, room, 'nor this');
      assert.equal((await it.sync()).rooms, undefined);
    });

    test('a kick and a ban come with their reason', async () => {
      for (const what of ['kick', 'ban'] as const) {
        const { alice, bob, room } = await pair();
        await join(bob, room);
        const it = await reader(bob);
        await ok(alice, 'POST', roomPath(room, `/${what}`), { user_id: bob.userId, reason: 'enough' });
        await say(alice, room, 'bob must not see this');
        const { events } = (await it.sync()).rooms.leave[room].timeline;
        assert.equal(events.length, 1);
        assert.equal(events[0].sender, alice.userId);
        assert.deepEqual(
          [events[0].content.membership, events[0].content.reason],
          [what === 'kick' ? 'leave' : 'ban', 'enough'],
        );
      }
    });

    test('our own leaving shows although the history is closed to us', async () => {
      const { bob, room } = await pair(visibility('joined'));
      await join(bob, room);
      const it = await reader(bob);
      await leave(bob, room);
      const { timeline } = (await it.sync()).rooms.leave[room];
      assert.equal(timeline.events.length, 1);
      assert.equal(timeline.events[0].content.membership, 'leave');
    });

    test('long before the sync: the state is that of then, not of now', async () => {
      const { alice, bob, room } = await pair({ topic: 'then' });
      await join(bob, room);
      for (let i = 0; i < 12; i++) await say(alice, room, `m${i}`);
      await leave(bob, room);
      await setState(alice, room, 'm.room.topic', { topic: 'now' });
      await setState(alice, room, 'x.new', { secret: true });
      assert.equal((await new Reader(bob).sync()).rooms, undefined, 'not without include_leave');
      const body = await new Reader(bob, INCLUDE_LEAVE).sync();
      assert.deepEqual(Object.keys(body.rooms), ['leave']);
      const { timeline, state } = body.rooms.leave[room];
      assert.equal(timeline.limited, true);
      assert.deepEqual(texts(timeline.events), ['m3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9', 'm10', 'm11']);
      const topic = state.events.find((e: { type: string }) => e.type === 'm.room.topic');
      assert.equal(topic.content.topic, 'then');
      assert.doesNotMatch(JSON.stringify(body), /x\.new|"now"/);
      const page = await ok(bob, 'GET', roomPath(room, `/messages?dir=b&from=${timeline.prev_batch}&limit=3`));
      assert.deepEqual(texts(page.chunk), ['m2', 'm1', 'm0']);
    });

    test('a gap before leaving is told as state', async () => {
      const { alice, bob, room } = await pair();
      await join(bob, room);
      const it = await reader(bob, { filter: { room: { timeline: { limit: 2 } } } });
      await setState(alice, room, 'x.state', { v: 1 });
      for (let i = 0; i < 4; i++) await say(alice, room, `m${i}`);
      await leave(bob, room);
      await setState(alice, room, 'x.state', { v: 2 });
      const { timeline, state } = (await it.sync()).rooms.leave[room];
      assert.equal(timeline.limited, true);
      assert.deepEqual(texts(timeline.events), ['m3']);
      assert.deepEqual(
        state.events.map((e: { content: unknown }) => e.content),
        [{ v: 1 }],
      );
    });

    test('coming and going between two syncs gives the whole state, even to a filter without timeline', async () => {
      const { alice, bob, room } = await pair();
      await setState(alice, room, 'x.state', { v: 1 });
      await act(alice, 'invite', bob, room);
      const it = await reader(bob, {
        filter: { room: { timeline: { types: [] }, state: { types: ['x.state'] }, include_leave: true } },
      });
      await join(bob, room);
      await leave(bob, room);
      await setState(alice, room, 'x.state', { v: 2 });
      const { timeline, state } = (await it.sync()).rooms.leave[room];
      assert.deepEqual(timeline.events, []);
      assert.deepEqual(
        state.events.map((e: { content: unknown }) => e.content),
        [{ v: 1 }],
      );
    });

    test('then being banned says nothing new', async () => {
      const { alice, bob, room } = await pair();
      await join(bob, room);
      const it = await reader(bob);
      await leave(bob, room);
      await it.sync();
      for (let i = 0; i < 12; i++) await say(alice, room, 'not for bob');
      await setState(alice, room, 'x.state', { v: 2 });
      await act(alice, 'ban', bob, room);
      const body = JSON.stringify(await it.sync());
      assert.doesNotMatch(body, /not for bob|x\.state/);
      await act(alice, 'unban', bob, room);
      assert.doesNotMatch(JSON.stringify(await it.sync()), /not for bob|x\.state/);
    });

    test('account data of a room that is left comes with it', async () => {
      const { bob, room } = await pair();
      await join(bob, room);
      const it = await reader(bob);
      await ok(bob, 'PUT', `/user/${bob.userId}/rooms/${encodeURIComponent(room)}/account_data/x.mark`, { m: 1 });
      await leave(bob, room);
      const entry = (await it.sync()).rooms.leave[room];
      assert.deepEqual(entry.account_data.events, [{ type: 'x.mark', content: { m: 1 } }]);
      const late = (await new Reader(bob, INCLUDE_LEAVE).sync()).rooms.leave[room];
      assert.deepEqual(late.account_data.events, [{ type: 'x.mark', content: { m: 1 } }]);
    });
  });

  describe('coming again', () => {
    test('between two syncs: what was said meanwhile shows as the visibility allows', async () => {
      for (const [value, expected] of [
        ['shared', ['before', 'meanwhile', 'after']],
        ['joined', ['before', 'after']],
      ] as const) {
        const { alice, bob, room } = await pair(visibility(value));
        await join(bob, room);
        const it = await reader(bob);
        await say(alice, room, 'before');
        await leave(bob, room);
        await say(alice, room, 'meanwhile');
        await join(bob, room);
        await say(alice, room, 'after');
        const { timeline } = (await it.sync()).rooms.join[room];
        assert.deepEqual(texts(timeline.events), expected, value);
        assert.equal(timeline.limited, false);
      }
    });

    test('state that was set meanwhile is in the timeline although the history is closed', async () => {
      const { alice, bob, room } = await pair(visibility('joined'));
      const [carol] = (await newUsers(1)) as [TestUser];
      await join(bob, room);
      const it = await reader(bob);
      await leave(bob, room);
      await join(carol, room);
      for (let i = 0; i < 40; i++) await say(alice, room, 'hidden');
      await join(bob, room);
      const { timeline } = (await it.sync()).rooms.join[room];
      const members = timeline.events.map((e: { state_key: string }) => e.state_key);
      assert.deepEqual(members, [bob.userId, carol.userId, bob.userId]);
      assert.doesNotMatch(JSON.stringify(timeline), /hidden/);
      assert.equal(timeline.limited, false);
    });

    test('after a sync in between: whole state again', async () => {
      const { alice, bob, room } = await pair();
      await join(bob, room);
      const it = await reader(bob);
      await leave(bob, room);
      await it.sync();
      await setState(alice, room, 'x.meanwhile', {});
      for (let i = 0; i < 12; i++) await say(alice, room, `m${i}`);
      await join(bob, room);
      const { timeline, state } = (await it.sync()).rooms.join[room];
      assert.equal(timeline.limited, true);
      assert.ok(keys(state.events).includes('m.room.create|'));
      assert.ok(keys(state.events).includes('x.meanwhile|'));
    });

    test('in, out and in again since somebody who was there before', async () => {
      const { alice, bob, room } = await pair();
      await join(bob, room);
      const it = await reader(bob);
      await leave(bob, room);
      await join(bob, room);
      await leave(bob, room);
      await setState(alice, room, 'x.state', { v: 1 });
      await join(bob, room);
      const { timeline, state } = (await it.sync()).rooms.join[room];
      assert.equal(timeline.limited, false, 'the room is not new');
      assert.equal(timeline.events.length, 5);
      assert.deepEqual(state.events, []);
    });
  });

  describe('invites and knocks', () => {
    test('an invite shows once; declining it shows as leaving, without the room', async () => {
      const { alice, bob, room } = await pair({ preset: 'private_chat', name: 'secret plans' });
      const it = await reader(bob);
      await act(alice, 'invite', bob, room);
      assert.ok((await it.sync()).rooms.invite[room]);
      assert.equal((await it.sync()).rooms, undefined);
      for (let i = 0; i < 12; i++) await say(alice, room, 'not for bob');
      await leave(bob, room);
      const { timeline, state } = (await it.sync()).rooms.leave[room];
      assert.equal(timeline.events.length, 1);
      assert.equal(timeline.events[0].content.membership, 'leave');
      assert.deepEqual(state.events, []);
      const late = (await new Reader(bob, INCLUDE_LEAVE).sync()).rooms.leave[room];
      assert.equal(late.timeline.events.length, 1);
      assert.deepEqual(late.state.events, []);
    });

    test('an invite that is taken back, and one to a room that was left', async () => {
      const { alice, bob, room } = await pair();
      const it = await reader(bob);
      await act(alice, 'invite', bob, room);
      await it.sync();
      await act(alice, 'kick', bob, room);
      assert.equal((await it.sync()).rooms.leave[room].timeline.events[0].sender, alice.userId);
      await join(bob, room);
      await it.sync();
      await leave(bob, room);
      await act(alice, 'invite', bob, room);
      const body = await it.sync();
      assert.deepEqual(Object.keys(body.rooms), ['invite']);
    });

    test('a ban of somebody who was never there tells them nothing of the room', async () => {
      const { alice, bob, room } = await pair({ preset: 'private_chat', name: 'secret plans' });
      const it = await reader(bob);
      await act(alice, 'ban', bob, room);
      assert.doesNotMatch(JSON.stringify(await it.sync()), /secret plans|m\.room/);
      await act(alice, 'unban', bob, room);
      assert.doesNotMatch(JSON.stringify(await it.sync()), /secret plans|m\.room\.create/);
      assert.doesNotMatch(JSON.stringify(await new Reader(bob, INCLUDE_LEAVE).sync()), /secret plans|m\.room\.create/);
    });

    test('a knock, and its refusal', async () => {
      const { alice, bob, room } = await pair({
        name: 'by request',
        initial_state: [{ type: 'm.room.join_rules', state_key: '', content: { join_rule: 'knock' } }],
      });
      const it = await reader(bob);
      await ok(bob, 'POST', `/knock/${encodeURIComponent(room)}`, { reason: 'please' });
      const { events } = (await it.sync()).rooms.knock[room].knock_state;
      assert.ok(keys(events).includes('m.room.name|'));
      assert.equal(events.at(-1).content.membership, 'knock');
      assert.equal((await it.sync()).rooms, undefined);
      await act(alice, 'kick', bob, room);
      const body = await it.sync();
      assert.deepEqual(Object.keys(body.rooms), ['leave']);
      assert.deepEqual(body.rooms.leave[room].state.events, []);
    });
  });

  describe('ignored users', () => {
    const ignore = (user: TestUser, ...others: TestUser[]) =>
      ok(user, 'PUT', `/user/${user.userId}/account_data/m.ignored_user_list`, {
        ignored_users: Object.fromEntries(others.map((other) => [other.userId, {}])),
      });

    test('their messages are left out, their state stays, and they use up no limit', async () => {
      const { alice, bob, room } = await pair();
      const [carol] = (await newUsers(1)) as [TestUser];
      await join(bob, room);
      await join(carol, room);
      const it = await reader(alice, { filter: { room: { timeline: { limit: 3 } } } });
      await ignore(alice, bob);
      await it.sync();
      await say(carol, room, 'one');
      await say(carol, room, 'two');
      for (let i = 0; i < 10; i++) await say(bob, room, 'noise');
      const renamed = await setState(bob, room, 'm.room.member', { membership: 'join', displayname: 'B' }, bob.userId);
      const { timeline } = (await it.sync()).rooms.join[room];
      assert.deepEqual(texts(timeline.events), ['one', 'two']);
      assert.equal(timeline.events.at(-1).event_id, renamed);
      assert.equal(timeline.limited, false);
      await say(bob, room, 'noise');
      assert.equal((await it.sync()).rooms, undefined, 'and alone they are no news');
      const initial = (await new Reader(alice).sync()).rooms.join[room].timeline;
      assert.doesNotMatch(JSON.stringify(initial), /noise/);
      assert.ok(texts(initial.events).includes('one'));
      await ignore(alice);
      await it.sync();
      await say(bob, room, 'heard again');
      assert.deepEqual(texts((await it.sync()).rooms.join[room].timeline.events), ['heard again']);
    });

    test('their invites are not told', async () => {
      const { alice, bob, room } = await pair();
      const [carol] = (await newUsers(1)) as [TestUser];
      const it = await reader(bob);
      await ignore(bob, alice);
      await it.sync();
      await act(alice, 'invite', bob, room);
      assert.equal((await it.sync()).rooms, undefined);
      assert.equal((await new Reader(bob).sync()).rooms, undefined);
      const other = await makeRoom(carol);
      await act(carol, 'invite', bob, other);
      assert.deepEqual(Object.keys((await it.sync()).rooms.invite), [other]);
    });
  });

  describe('forgetting', () => {
    test('takes a room out of later syncs, until the user comes back', async () => {
      const { alice, bob, room } = await pair();
      await join(bob, room);
      await leave(bob, room);
      assert.ok((await new Reader(bob, INCLUDE_LEAVE).sync()).rooms.leave[room]);
      await ok(bob, 'POST', roomPath(room, '/forget'), {});
      assert.equal((await new Reader(bob, INCLUDE_LEAVE).sync()).rooms, undefined);
      await act(alice, 'ban', bob, room);
      await act(alice, 'unban', bob, room);
      assert.equal((await new Reader(bob, INCLUDE_LEAVE).sync()).rooms, undefined, 'the door is no news');
      await act(alice, 'invite', bob, room);
      assert.ok((await new Reader(bob, INCLUDE_LEAVE).sync()).rooms.invite[room]);
      await join(bob, room);
      assert.ok((await new Reader(bob).sync()).rooms.join[room]);
    });

    test('before another device has heard of leaving: it is told', async () => {
      const { bob, room } = await pair();
      await join(bob, room);
      const it = await reader(bob);
      await leave(bob, room);
      await ok(bob, 'POST', roomPath(room, '/forget'), {});
      assert.deepEqual(Object.keys((await it.sync()).rooms), ['leave']);
      assert.equal((await it.sync()).rooms, undefined);
      assert.equal((await new Reader(bob, INCLUDE_LEAVE).sync()).rooms, undefined);
    });
  });
});
