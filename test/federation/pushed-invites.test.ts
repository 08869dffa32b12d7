import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { getRoomVersion } from '../../lib/spec/room-versions.ts';
import { TestNetwork } from '../kit/network.ts';
import { pusherBody, testGateway } from '../pushers/gateway.ts';
import { seg } from '../rooms/room-helpers.ts';
import { signed } from './peer-room.ts';

const HOME = 'home.test:8448';
const PEER = '@peer:peer.test:8448';
const network = new TestNetwork();
after(() => network.end());

test('an invite from another server is pushed, with the name that its room shows', async () => {
  const home = await network.homeserver(HOME, { outboundHttp: { allowPrivateAddresses: true } });
  const peer = network.fake('peer.test:8448');
  const gateway = await testGateway();
  after(() => gateway.close());
  network.attach(new URL(gateway.url).host, (uri, init) => fetch(new URL(uri, gateway.url), init));
  const alice = await home.user('alice');
  assert.equal((await alice.call('POST', '/pushers/set', pusherBody(gateway.url))).status, 200);
  const roomId = '!theirs:peer.test:8448';
  const pdu = {
    type: 'm.room.member',
    room_id: roomId,
    sender: PEER,
    state_key: alice.userId,
    content: { membership: 'invite' },
    origin_server_ts: Date.now(),
    depth: 5,
    prev_events: [],
    auth_events: [],
  };
  const event = signed(peer, pdu as never, getRoomVersion('10') as never);
  const state = [{ type: 'm.room.name', state_key: '', sender: PEER, content: { name: 'Their room' } }];
  const path = `/_matrix/federation/v2/invite/${seg(roomId)}/${seg(event.eventId)}`;
  const body = { room_version: '10', event: JSON.parse(JSON.stringify(event.pdu)), invite_room_state: state };
  assert.equal((await peer.request(HOME, 'PUT', path, body)).status, 200);
  const push = await gateway.wait((n) => n.room_id === roomId, 'the invite');
  assert.equal(push.type, 'm.room.member');
  assert.equal(push.sender, PEER);
  assert.equal(push.membership, 'invite');
  assert.equal(push.user_is_target, true);
  assert.equal(push.room_name, 'Their room');
});
