import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startUserDirectory } from '../../lib/domain/user-directory/directory-keeper.ts';
import { followerOf, makeRoom, say, type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { waitForReader } from './wait-for-reader.ts';

const encode = encodeURIComponent;

describe('POST /user_directory/search', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  let carol: TestUser;
  let stop: () => Promise<void>;
  before(async () => {
    server = await testServer();
    alice = await server.user('alice');
    bob = await server.user('bob_the-builder');
    carol = await server.user('carol');
    stop = startUserDirectory(followerOf(server));
  });
  after(async () => {
    await stop();
    await server.close();
  });

  async function find(user: TestUser, term: string, limit?: number) {
    await settled();
    const answer = await user.call('POST', '/user_directory/search', { search_term: term, limit });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  }
  const ids = (body: { results: { user_id: string }[] }) => body.results.map((r) => r.user_id).sort();

  /** A message makes the reader look at changed profiles; then everything up to it is taken in. */
  async function settled() {
    lounge ??= await makeRoom(alice, {});
    await say(alice, lounge, 'tick');
    await waitForReader(server.ctx, 'user-directory');
    for (let i = 0; i < 200; i++) {
      const rows = await server.ctx.db.query('SELECT 1 FROM user_directory_changes');
      if (rows.length === 0) return;
      await sleep(10);
    }
  }
  let lounge: string | undefined;

  test('nobody is found who shares nothing with the searcher', async () => {
    assert.deepEqual(await find(carol, 'bob'), { limited: false, results: [] });
  });

  test('members of a public room are found by everybody, until they leave it or it closes', async () => {
    const room = await makeRoom(bob, { preset: 'public_chat' });
    assert.deepEqual((await find(carol, 'bob')).results, [{ user_id: bob.userId, display_name: 'bob_the-builder' }]);
    assert.deepEqual(ids(await find(bob, 'bob')), [bob.userId]);
    await bob.call('PUT', `/rooms/${encode(room)}/state/m.room.join_rules`, { join_rule: 'invite' });
    assert.deepEqual(ids(await find(carol, 'bob')), []);
    await bob.call('PUT', `/rooms/${encode(room)}/state/m.room.history_visibility`, {
      history_visibility: 'world_readable',
    });
    assert.deepEqual(ids(await find(carol, 'bob')), [bob.userId]);
    await bob.call('POST', `/rooms/${encode(room)}/leave`, {});
    assert.deepEqual(ids(await find(carol, 'bob')), []);
  });

  test('members of a shared private room are found as long as it is shared, and not oneself', async () => {
    const room = await makeRoom(bob, { preset: 'private_chat', invite: [carol.userId] });
    assert.deepEqual(ids(await find(carol, 'bob')), []);
    await carol.call('POST', `/join/${encode(room)}`, {});
    assert.deepEqual(ids(await find(carol, 'bob')), [bob.userId]);
    assert.deepEqual(ids(await find(bob, 'bob')), []);
    assert.deepEqual(ids(await find(alice, 'bob')), []);
    await carol.call('POST', `/rooms/${encode(room)}/leave`, {});
    assert.deepEqual(ids(await find(carol, 'bob')), []);
  });

  test('by display name, without case and accents, by the beginnings of words', async () => {
    const room = await makeRoom(bob, { preset: 'public_chat' });
    await bob.call('PUT', `/profile/${encode(bob.userId)}/displayname`, { displayname: "Père Noël O'Brien" });
    for (const term of ['noel', 'PERE no', 'brien', 'Noël pere', 'builder', '@bob_the-builder:localhost', "o'b"]) {
      assert.deepEqual(ids(await find(carol, term)), [bob.userId], term);
    }
    for (const term of ['oel', 'noel santa', '\\', "'", "' | 'x", '%', '']) {
      assert.deepEqual(ids(await find(carol, term)), [], term);
    }
    await bob.call('PUT', `/profile/${encode(bob.userId)}/displayname`, { displayname: 'Bob' });
    assert.deepEqual(ids(await find(carol, 'noel')), []);
    assert.equal((await find(carol, 'bob')).results[0].display_name, 'Bob');
    await bob.call('POST', `/rooms/${encode(room)}/leave`, {});
  });

  test('says when there are more, whole names first', async () => {
    const room = await makeRoom(alice, { preset: 'public_chat' });
    const users: TestUser[] = [];
    for (const name of ['dora1', 'dora2', 'dora', 'zdora']) {
      const user = await server.user(name);
      await user.call('POST', `/join/${encode(room)}`, {});
      users.push(user);
    }
    await users[3]!.call('PUT', `/profile/${encode(users[3]!.userId)}/displayname`, { displayname: 'Dora Z' });
    const all = await find(carol, 'dora', 2);
    assert.equal(all.limited, true);
    assert.equal(all.results[0].user_id, '@dora:localhost');
    assert.equal(all.results.length, 2);
    const rest = await find(carol, 'dora', 4);
    assert.equal(rest.limited, false);
    assert.equal(rest.results.length, 4);
  });

  test('users of other servers come with their member events, and go with them', async () => {
    const roomId = await makeRoom(alice, { preset: 'public_chat' });
    const eve = '@eve:elsewhere';
    const member = (content: { membership: string; displayname?: string }) =>
      server.ctx.writers.events.send({
        roomId,
        event: { type: 'm.room.member', stateKey: eve, sender: eve, content },
      });
    await member({ membership: 'join', displayname: 'Evelyn' });
    assert.deepEqual((await find(carol, 'evelyn')).results, [{ user_id: eve, display_name: 'Evelyn' }]);
    await member({ membership: 'join', displayname: 'Eve' });
    assert.deepEqual((await find(carol, 'evelyn')).results, []);
    assert.deepEqual(ids(await find(carol, 'eve elsewhere')), [eve]);
    await member({ membership: 'leave' });
    assert.deepEqual(ids(await find(carol, 'eve')), []);
    assert.equal((await server.ctx.db.query('SELECT 1 FROM user_directory WHERE user_id = $1', [eve])).length, 0);
  });

  test('with searchAllUsers everybody is found but oneself; deactivated users are not', async () => {
    const open = await testServer({ userDirectory: { searchAllUsers: true } });
    try {
      const finder = await open.user('finder');
      const other = await open.user('finding');
      const end = startUserDirectory(followerOf(open));
      const room = await makeRoom(finder, {});
      await waitForReader(open.ctx, 'user-directory');
      const search = async () => (await finder.call('POST', '/user_directory/search', { search_term: 'find' })).body;
      assert.deepEqual(ids(await search()), [other.userId]);
      await open.ctx.db.query('UPDATE users SET deactivated_ts = 1 WHERE user_id = $1', [other.userId]);
      await say(finder, room, 'tick');
      await waitForReader(open.ctx, 'user-directory');
      assert.deepEqual(ids(await search()), []);
      await end();
    } finally {
      await open.close();
    }
  });

  test('says what is wrong', async () => {
    for (const [body, errcode] of [
      [{}, 'M_MISSING_PARAM'],
      [{ search_term: 1 }, 'M_BAD_JSON'],
      [{ search_term: 'x', limit: 'y' }, 'M_BAD_JSON'],
    ] as const) {
      const answer = await alice.call('POST', '/user_directory/search', body);
      assert.equal(answer.status, 400);
      assert.equal(answer.body.errcode, errcode);
    }
  });
});
