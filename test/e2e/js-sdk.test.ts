import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as sdk from 'matrix-js-sdk';
import { logger as sdkLogger } from 'matrix-js-sdk/lib/logger.js';
import { type ServerProcess, serverProcess } from '../kit/server-process.ts';

const WAIT_MS = 30_000;

/** A matrix-js-sdk client that is logged in, syncs and encrypts. */
interface Peer {
  client: sdk.MatrixClient;
  userId: string;
  password: string;
}

/** Waits until `look` finds something. */
async function until<T>(
  what: string,
  look: () => T | undefined | null | false | Promise<T | undefined | null | false>,
): Promise<T> {
  const end = Date.now() + WAIT_MS;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${WAIT_MS} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('matrix-js-sdk with its Rust crypto against npm start', () => {
  let server: ServerProcess;
  const clients: sdk.MatrixClient[] = [];
  const secretKeys = new Map<string, Uint8Array>();

  async function start(session: { userId: string; accessToken: string; deviceId: string }): Promise<sdk.MatrixClient> {
    const client = sdk.createClient({
      baseUrl: server.url,
      ...session,
      timelineSupport: true,
      cryptoCallbacks: {
        getSecretStorageKey: async ({ keys }) => {
          const id = Object.keys(keys).find((keyId) => secretKeys.has(keyId));
          return id ? [id, secretKeys.get(id) as Uint8Array<ArrayBuffer>] : null;
        },
        cacheSecretStorageKey: (keyId, _info, key) => {
          secretKeys.set(keyId, key);
        },
      },
    });
    clients.push(client);
    await client.initRustCrypto({ useIndexedDB: false });
    await client.startClient({ initialSyncLimit: 20, lazyLoadMembers: true, threadSupport: true });
    await until('the first sync', () => client.isInitialSyncComplete());
    return client;
  }

  async function register(name: string): Promise<Peer> {
    const password = `secret-of-${name}`;
    const anonymous = sdk.createClient({ baseUrl: server.url });
    const answer = await anonymous.registerRequest({ username: name, password, auth: { type: 'm.login.dummy' } });
    const client = await start({
      userId: answer.user_id,
      accessToken: answer.access_token as string,
      deviceId: answer.device_id as string,
    });
    return { client, userId: answer.user_id, password };
  }

  async function login(peer: Peer): Promise<sdk.MatrixClient> {
    const anonymous = sdk.createClient({ baseUrl: server.url });
    const answer = await anonymous.loginRequest({
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: peer.userId },
      password: peer.password,
    });
    return start({ userId: answer.user_id, accessToken: answer.access_token, deviceId: answer.device_id });
  }

  const bodies = (client: sdk.MatrixClient, roomId: string) =>
    (client.getRoom(roomId)?.getLiveTimeline().getEvents() ?? [])
      .filter((event) => event.getType() === 'm.room.message' && !event.isRedacted())
      .map((event) => event.getContent()['body'] as string);

  let alice: Peer;
  let bob: Peer;
  let roomId: string;

  before(async () => {
    (sdkLogger as unknown as { disableAll?(): void }).disableAll?.();
    server = await serverProcess();
    await server.start();
    alice = await register('alice');
    bob = await register('bob');
  });

  after(async () => {
    for (const client of clients) client.stopClient();
    await server?.dispose();
    // The SDK leaves timers behind that outlive stopClient and would hold the process for minutes.
    setTimeout(() => process.exit(), 1_000).unref();
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
    const authUploadDeviceSigningKeys = async <T>(request: (auth: sdk.AuthDict | null) => Promise<T>) => {
      try {
        await request(null);
      } catch (error) {
        const session = (error as sdk.MatrixError).data?.['session'];
        await request({
          type: 'm.login.password',
          identifier: { type: 'm.id.user', user: alice.userId },
          password: alice.password,
          session,
        } as unknown as sdk.AuthDict);
      }
    };
    await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys } as never);
    await crypto.bootstrapSecretStorage({
      createSecretStorageKey: () => crypto.createRecoveryKeyFromPassphrase(),
      setupNewKeyBackup: true,
    });
    assert.ok(await crypto.isCrossSigningReady());
    // The SDK keeps what it has heard of its backup, so the server is asked directly.
    await until('all keys in the backup', async () => {
      const answer = await fetch(`${server.url}/_matrix/client/v3/room_keys/version`, {
        headers: { authorization: `Bearer ${alice.client.getAccessToken()}` },
      });
      return ((await answer.json()) as { count: number }).count >= 2;
    });
    const second = await login(alice);
    const secondCrypto = second.getCrypto();
    assert.ok(secondCrypto);
    await secondCrypto.loadSessionBackupPrivateKeyFromSecretStorage();
    await secondCrypto.checkKeyBackupAndEnable();
    const restored = await secondCrypto.restoreKeyBackup();
    assert.ok(restored.imported >= 2, `${restored.imported} keys came back`);
    const room = await until('the room on the new device', () => second.getRoom(roomId));
    await second.scrollback(room, 100);
    await until('old messages, decrypted', () => bodies(second, roomId).some((body) => body === 'alice 99'));
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
