import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { TestNetwork } from '../kit/network.ts';
import { makeRoom } from '../kit/server.ts';
import { seg } from '../rooms/room-helpers.ts';

const network = new TestNetwork();
after(() => network.end());

test('a server that signs an invite and makes another event of it is not believed', async () => {
  const home = await network.homeserver('inviter.test:8448');
  const peer = network.fake('signer.test:8448');
  const bob = await home.user('bob');
  const roomId = await makeRoom(bob, { room_version: '10' });
  peer.on('PUT', /\/v2\/invite\//, ({ body }) => ({ event: { ...body.event, strange: 1.1 } }));
  const { status, body } = await bob.call('POST', `/rooms/${seg(roomId)}/invite`, { user_id: '@x:signer.test:8448' });
  assert.deepEqual([status, body.errcode], [400, 'M_BAD_JSON']);
});
