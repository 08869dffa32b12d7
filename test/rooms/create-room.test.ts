import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeRoom, type TestServer, type TestUser, testServer } from '../kit/server.ts';

describe('createRoom', () => {
  let server: TestServer;
  let alice: TestUser;
  let bob: TestUser;
  before(async () => {
    server = await testServer();
    alice = await server.user('alice');
    bob = await server.user('bob');
  });
  after(() => server.close());

  test('smoke', async () => {
    const a = await alice.call('POST', '/createRoom', { name: 'x', topic: 'y', room_alias_name: 'foo', invite: [bob.userId] });
    assert.equal(a.status, 200, JSON.stringify(a.body));
    void makeRoom;
  });
});
