import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as sdk from 'matrix-js-sdk';
import { type ServerProcess, serverProcess } from '../kit/server-process.ts';
import { bodies, bootstrapIdentity, Clients, type Peer, until } from './sdk-clients.ts';

describe('matrix-js-sdk with its Rust crypto against npm start', () => {
  let server: ServerProcess;
  let clients: Clients;
  let alice: Peer;
  let bob: Peer;
  let roomId: string;

  before(async () => {
    server = await serverProcess();
    await server.start();
    clients = new Clients(server);
    alice = await clients.register('alice');
    bob = await clients.register('bob');
  });

  after(async () => {
    clients?.stop();
    await server?.dispose();
  });

  test('an encrypted room: invite, join, 200 messages both ways', async () => {
    const made = await alice.client.createRoom({
      preset: sdk.Preset.PrivateChat,
      invite: [bob.userId],
      initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } }],
    });
    roomId = made.room_id;
    await until('the invite', () => bob.client.getRoom(roomId)?.getMyMembership() === 'invite');
    await bob.client.joinRoom(roomId);
    await until('both in the room', () => alice.client.getRoom(roomId)?.getJoinedMemberCount() === 2);
    await until('the room at bob', () => bob.client.getRoom(roomId)?.hasEncryptionStateEvent());
    for (let i = 0; i < 100; i++) {
      await alice.client.sendTextMessage(roomId, `alice ${i}`);
      await bob.client.sendTextMessage(roomId, `bob ${i}`);
    }
    const expected = Array.from({ length: 100 }, (_, i) => [`alice ${i}`, `bob ${i}`]).flat();
    for (const { client } of [alice, bob]) {
      await until('all messages, decrypted', () => {
        const seen = bodies(client, roomId);
        return expected.every((body) => seen.includes(body)) && seen.length >= expected.length;
      });
      // Local echoes may stand between what others sent at the same time; each sender's own order holds.
      for (const sender of ['alice', 'bob']) {
        const own = bodies(client, roomId).filter((body) => body.startsWith(`${sender} `));
        assert.deepEqual(
          own,
          expected.filter((body) => body.startsWith(`${sender} `)),
        );
      }
    }
    // On the wire there was no plain text.
    const [event] = (alice.client.getRoom(roomId)?.getLiveTimeline().getEvents() ?? []).slice(-1);
    assert.equal(event?.getWireType(), 'm.room.encrypted');
  });

  test('edit, reaction, redaction, thread', async () => {
    const { event_id: eventId } = await alice.client.sendTextMessage(roomId, 'a typo');
    await alice.client.sendEvent(roomId, sdk.EventType.RoomMessage, {
      msgtype: sdk.MsgType.Text,
      body: '* no typo',
      'm.new_content': { msgtype: sdk.MsgType.Text, body: 'no typo' },
      'm.relates_to': { rel_type: sdk.RelationType.Replace, event_id: eventId },
    });
    await until('the edit at bob', () => {
      const event = bob.client.getRoom(roomId)?.findEventById(eventId);
      return event?.getContent()['body'] === 'no typo';
    });
    await bob.client.sendEvent(roomId, sdk.EventType.Reaction, {
      'm.relates_to': { rel_type: sdk.RelationType.Annotation, event_id: eventId, key: '👍' },
    });
    await until('the reaction at alice', () => {
      const relations = alice.client
        .getRoom(roomId)
        ?.relations.getChildEventsForEvent(eventId, 'm.annotation', 'm.reaction');
      return (relations?.getRelations().length ?? 0) === 1;
    });
    const { event_id: gone } = await alice.client.sendTextMessage(roomId, 'to be redacted');
    await until('the message at bob', () => bodies(bob.client, roomId).includes('to be redacted'));
    await alice.client.redactEvent(roomId, gone);
    await until('the redaction at bob', () => bob.client.getRoom(roomId)?.findEventById(gone)?.isRedacted());

    const root = await alice.client.sendTextMessage(roomId, 'thread root');
    await until('the root at bob', () => bob.client.getRoom(roomId)?.findEventById(root.event_id));
    await bob.client.sendMessage(roomId, root.event_id, { msgtype: sdk.MsgType.Text, body: 'in the thread' });
    await until('the thread at alice', () => {
      const thread = alice.client.getRoom(roomId)?.getThread(root.event_id);
      return thread?.events.some((event) => event.getContent()['body'] === 'in the thread');
    });
  });

  test('read receipts and unread counts', async () => {
    const { event_id: eventId } = await alice.client.sendTextMessage(roomId, 'read this');
    const event = await until('the message at bob', () => bob.client.getRoom(roomId)?.findEventById(eventId));
    await bob.client.sendReadReceipt(event);
    await until('the receipt at alice', () =>
      alice.client.getRoom(roomId)?.getUsersReadUpTo(event).includes(bob.userId),
    );
    assert.equal(bob.client.getRoom(roomId)?.getUnreadNotificationCount(), 0);
  });

  test('cross-signing, key backup and its restore on a new device, logout', async () => {
    const crypto = alice.client.getCrypto();
    assert.ok(crypto);
    await bootstrapIdentity(alice, { backup: true });
    assert.ok(await crypto.isCrossSigningReady());
    // The SDK keeps what it has heard of its backup, so the server is asked directly.
    await until('all keys in the backup', async () => {
      const answer = await fetch(`${server.url}/_matrix/client/v3/room_keys/version`, {
        headers: { authorization: `Bearer ${alice.client.getAccessToken()}` },
      });
      return ((await answer.json()) as { count: number }).count >= 2;
    });
    const second = await clients.login(alice);
    const secondCrypto = second.getCrypto();
    assert.ok(secondCrypto);
    await secondCrypto.loadSessionBackupPrivateKeyFromSecretStorage();
    await secondCrypto.checkKeyBackupAndEnable();
    const restored = await secondCrypto.restoreKeyBackup();
    assert.ok(restored.imported >= 2, `${restored.imported} keys came back`);
    const room = await until('the room on the new device', () => second.getRoom(roomId));
    // Back to the first message, all of them to be read.
    for (let i = 0; i < 20 && !bodies(second, roomId).includes('alice 0'); i++) await second.scrollback(room, 100);
    const expected = Array.from({ length: 100 }, (_, i) => [`alice ${i}`, `bob ${i}`]).flat();
    await until('old messages, decrypted', () => {
      const seen = new Set(bodies(second, roomId));
      return expected.every((body) => seen.has(body));
    });
    await secondCrypto.bootstrapCrossSigning({});
    const status = await until('the new device verified', async () => {
      const found = await secondCrypto.getDeviceVerificationStatus(alice.userId, second.getDeviceId() as string);
      return found?.crossSigningVerified ? found : undefined;
    });
    assert.ok(status);

    await second.logout(true);
    const answer = await fetch(`${server.url}/_matrix/client/v3/account/whoami`, {
      headers: { authorization: `Bearer ${second.getAccessToken()}` },
    });
    assert.equal(answer.status, 401);
    assert.equal(((await answer.json()) as { errcode: string }).errcode, 'M_UNKNOWN_TOKEN');
  });
});
