import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as sdk from 'matrix-js-sdk';
import { SlidingSync } from 'matrix-js-sdk/lib/sliding-sync.js';
import { type ServerProcess, serverProcess } from '../kit/server-process.ts';
import { bodies, Clients, type Peer, type Start, until } from './sdk-clients.ts';

const ROOM = { timeline_limit: 20, required_state: [['*', '*']] };

describe('matrix-js-sdk over sliding sync against npm start', () => {
  let server: ServerProcess;
  let clients: Clients;
  let alice: Peer;
  let bob: Peer;
  let sliding: SlidingSync;

  const overSlidingSync: Start = async (client) => {
    const lists = new Map([['all', { ...ROOM, ranges: [[0, 20]] }]]);
    sliding = new SlidingSync(server.url, lists, ROOM, client, 10_000);
    await client.startClient({ slidingSync: sliding, threadSupport: true });
  };

  before(async () => {
    server = await serverProcess();
    await server.start();
    clients = new Clients(server);
    alice = await clients.register('alice', overSlidingSync);
    bob = await clients.register('bob');
  });

  after(async () => {
    clients?.stop();
    await server?.dispose();
  });

  test('an encrypted room both ways, with typing, receipts and unread counts', async (t) => {
    const { room_id: roomId } = await bob.client.createRoom({
      name: 'Sliding',
      preset: sdk.Preset.PrivateChat,
      invite: [alice.userId],
      initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }],
    });
    await until('the invite', () => alice.client.getRoom(roomId)?.getMyMembership() === 'invite');
    await alice.client.joinRoom(roomId);
    await until('the room at alice', () => alice.client.getCrypto()?.isEncryptionEnabledInRoom(roomId));
    await until('both in the room', () => bob.client.getRoom(roomId)?.getJoinedMemberCount() === 2);
    assert.equal(alice.client.getRoom(roomId)?.name, 'Sliding');
    for (let i = 0; i < 10; i++) {
      await alice.client.sendTextMessage(roomId, `alice ${i}`);
      await bob.client.sendTextMessage(roomId, `bob ${i}`);
    }
    const expected = Array.from({ length: 10 }, (_, i) => [`alice ${i}`, `bob ${i}`]).flat();
    for (const { client } of [alice, bob]) {
      const missing = () => {
        const seen = new Set(bodies(client, roomId));
        return expected.filter((body) => !seen.has(body));
      };
      await until('all messages, decrypted', () => missing().length === 0).catch(() => {});
      if (missing().length > 0) {
        // What the SDK has left out of its view comes when its user scrolls up.
        t.diagnostic(`${client.getUserId()} had to scroll up for ${missing().join(', ')}`);
        await client.scrollback(client.getRoom(roomId)!, 100);
        await until('all messages after scrolling', () => missing().length === 0).catch(() => {});
      }
      assert.deepEqual(missing(), [], `what ${client.getUserId()} has not seen`);
    }
    await bob.client.sendTyping(roomId, true, 20_000);
    await until('bob typing at alice', () => alice.client.getRoom(roomId)?.getMember(bob.userId)?.typing);
    const { event_id: eventId } = await bob.client.sendTextMessage(roomId, 'read this');
    const event = await until('the message at alice', () => alice.client.getRoom(roomId)?.findEventById(eventId));
    await until('something unread', () => (alice.client.getRoom(roomId)?.getUnreadNotificationCount() ?? 0) > 0);
    await alice.client.sendReadReceipt(event);
    await until('the receipt at bob', () => bob.client.getRoom(roomId)?.getUsersReadUpTo(event).includes(alice.userId));
    await until('nothing unread', () => alice.client.getRoom(roomId)?.getUnreadNotificationCount() === 0);
  });

  test('rooms outside the window come when it grows', async () => {
    const names = Array.from({ length: 5 }, (_, i) => `room ${i}`);
    for (const name of names) await alice.client.createRoom({ name });
    await until('all rooms', () => names.every((name) => alice.client.getRooms().some((room) => room.name === name)));
    // A new device looks at two rooms, then at all of them.
    let second: SlidingSync | undefined;
    const client = await clients.login(alice, async (started) => {
      second = new SlidingSync(server.url, new Map([['all', { ...ROOM, ranges: [[0, 1]] }]]), ROOM, started, 10_000);
      await started.startClient({ slidingSync: second });
    });
    await until('the newest rooms', () => client.getRooms().length === 2);
    assert.deepEqual(
      client
        .getRooms()
        .map((room) => room.name)
        .sort(),
      names.slice(-2),
    );
    assert.equal(second?.getListData('all')?.joinedCount, 6);
    second?.setListRanges('all', [[0, 20]]);
    await until('the others', () => client.getRooms().length === 6);
  });
});
