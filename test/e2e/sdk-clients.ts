import * as sdk from 'matrix-js-sdk';
import { logger as sdkLogger } from 'matrix-js-sdk/lib/logger.js';
import type { ServerProcess } from '../kit/server-process.ts';

const WAIT_MS = 30_000;

/** A matrix-js-sdk client that is logged in, syncs and encrypts. */
export interface Peer {
  client: sdk.MatrixClient;
  userId: string;
  password: string;
}

/** Waits until `look` finds something. */
export async function until<T>(
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

/** How a client begins to sync. */
export type Start = (client: sdk.MatrixClient) => Promise<void>;

const startClassic: Start = (client) =>
  client.startClient({ initialSyncLimit: 20, lazyLoadMembers: true, threadSupport: true });

/** Clients of matrix-js-sdk with its Rust crypto, of one server. */
export class Clients {
  readonly #server: ServerProcess;
  readonly #clients: sdk.MatrixClient[] = [];
  readonly #secretKeys = new Map<string, Uint8Array>();

  constructor(server: ServerProcess) {
    (sdkLogger as unknown as { disableAll?(): void }).disableAll?.();
    this.#server = server;
  }

  /** A new user with a client. */
  async register(name: string, begin: Start = startClassic): Promise<Peer> {
    const password = `secret-of-${name}`;
    const anonymous = sdk.createClient({ baseUrl: this.#server.url });
    const answer = await anonymous.registerRequest({ username: name, password, auth: { type: 'm.login.dummy' } });
    const session = {
      userId: answer.user_id,
      accessToken: answer.access_token as string,
      deviceId: answer.device_id as string,
    };
    return { client: await this.#start(session, begin), userId: answer.user_id, password };
  }

  /** Another device of a user. */
  async login(peer: Peer, begin: Start = startClassic): Promise<sdk.MatrixClient> {
    const anonymous = sdk.createClient({ baseUrl: this.#server.url });
    const answer = await anonymous.loginRequest({
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: peer.userId },
      password: peer.password,
    });
    const session = { userId: answer.user_id, accessToken: answer.access_token, deviceId: answer.device_id };
    return this.#start(session, begin);
  }

  /** Ends all clients. */
  stop(): void {
    for (const client of this.#clients) client.stopClient();
    // The SDK leaves timers behind that outlive stopClient and would hold the process for minutes.
    setTimeout(() => process.exit(), 1_000).unref();
  }

  async #start(
    session: { userId: string; accessToken: string; deviceId: string },
    begin: Start,
  ): Promise<sdk.MatrixClient> {
    const client = sdk.createClient({
      baseUrl: this.#server.url,
      ...session,
      timelineSupport: true,
      verificationMethods: ['m.sas.v1'],
      cryptoCallbacks: {
        getSecretStorageKey: async ({ keys }) => {
          const id = Object.keys(keys).find((keyId) => this.#secretKeys.has(keyId));
          return id ? [id, this.#secretKeys.get(id) as Uint8Array<ArrayBuffer>] : null;
        },
        cacheSecretStorageKey: (keyId, _info, key) => {
          this.#secretKeys.set(keyId, key);
        },
      },
    });
    this.#clients.push(client);
    await client.initRustCrypto({ useIndexedDB: false });
    await begin(client);
    await until('the first sync', () => client.isInitialSyncComplete());
    return client;
  }
}

/** Makes a user's cross-signing keys, and (with `backup`) secret storage and a key backup. */
export async function bootstrapIdentity(peer: Peer, { backup = false } = {}): Promise<void> {
  const crypto = peer.client.getCrypto();
  if (!crypto) throw new Error('the client does not encrypt');
  const authUploadDeviceSigningKeys = async <T>(request: (auth: sdk.AuthDict | null) => Promise<T>) => {
    try {
      await request(null);
    } catch (error) {
      const session = (error as sdk.MatrixError).data?.['session'];
      await request({
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user: peer.userId },
        password: peer.password,
        session,
      } as unknown as sdk.AuthDict);
    }
  };
  await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys } as never);
  if (!backup) return;
  await crypto.bootstrapSecretStorage({
    createSecretStorageKey: () => crypto.createRecoveryKeyFromPassphrase(),
    setupNewKeyBackup: true,
  });
}

/** Bodies of a room's messages, decrypted, in order. */
export function bodies(client: sdk.MatrixClient, roomId: string): string[] {
  return (client.getRoom(roomId)?.getLiveTimeline().getEvents() ?? [])
    .filter((event) => event.getType() === 'm.room.message' && !event.isRedacted())
    .map((event) => event.getContent()['body'] as string);
}
