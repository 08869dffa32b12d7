import { createRequire } from 'node:module';
import type { Answer, TestUser } from '../kit/server.ts';
import { ok } from './kit.ts';

// The crypto that the SDK brings with it, so that there is one version of it.
const sdk = createRequire(createRequire(import.meta.url).resolve('matrix-js-sdk/package.json'));
// biome-ignore lint/suspicious/noExplicitAny: its types are behind the same path
export const crypto: any = sdk('@matrix-org/matrix-sdk-crypto-wasm');

// biome-ignore lint/suspicious/noExplicitAny: as above
type Wasm = any;

/** A request that an OlmMachine wants sent. */
interface Outgoing {
  id: string | undefined;
  type: number;
  body: string;
  event_type: string;
  txn_id: string;
  version: string;
}

/** A client's crypto that talks to the server in process. */
export class Machine {
  readonly user: TestUser;
  readonly olm: Wasm;
  /** Decrypted or plain to-device events, as JSON. */
  readonly received: string[] = [];
  /** What was sent, by path. */
  readonly sent: string[] = [];
  #since: string | undefined;

  constructor(user: TestUser, olm: Wasm) {
    this.user = user;
    this.olm = olm;
  }

  static async open(user: TestUser): Promise<Machine> {
    await crypto.initAsync();
    const olm = await crypto.OlmMachine.initialize(new crypto.UserId(user.userId), new crypto.DeviceId(user.deviceId));
    return new Machine(user, olm);
  }

  /** Syncs once, hands over what concerns crypto, and sends what it then wants sent. */
  async sync() {
    const since = this.#since === undefined ? '' : `?since=${this.#since}`;
    const body = await ok(this.user, 'GET', `/sync${since}`);
    this.#since = body.next_batch;
    const users = (ids: string[] = []) => ids.map((id) => new crypto.UserId(id));
    const processed = await this.olm.receiveSyncChanges(
      JSON.stringify(body.to_device?.events ?? []),
      new crypto.DeviceLists(users(body.device_lists?.changed), users(body.device_lists?.left)),
      new Map(Object.entries(body.device_one_time_keys_count)),
      new Set(body.device_unused_fallback_key_types),
    );
    for (const event of processed) this.received.push(event.rawEvent ?? event);
    await this.flush();
    return body;
  }

  /** Sends everything that the machine wants sent. */
  async flush(): Promise<void> {
    for (let requests = await this.olm.outgoingRequests(); requests.length > 0; ) {
      for (const request of requests) await this.send(request);
      requests = await this.olm.outgoingRequests();
    }
  }

  /** Sends a request and tells the machine the answer. */
  async send(request: Outgoing): Promise<Answer['body']> {
    const { RequestType } = crypto;
    const { method, path } = {
      [RequestType.KeysUpload]: { method: 'POST', path: '/keys/upload' },
      [RequestType.KeysQuery]: { method: 'POST', path: '/keys/query' },
      [RequestType.KeysClaim]: { method: 'POST', path: '/keys/claim' },
      [RequestType.SignatureUpload]: { method: 'POST', path: '/keys/signatures/upload' },
      [RequestType.ToDevice]: { method: 'PUT', path: `/sendToDevice/${request.event_type}/${request.txn_id}` },
      [RequestType.KeysBackup]: { method: 'PUT', path: `/room_keys/keys?version=${request.version}` },
    }[request.type] as { method: string; path: string };
    const body = await ok(this.user, method, path, request.body);
    this.sent.push(path);
    if (request.id !== undefined) await this.olm.markRequestAsSent(request.id, request.type, JSON.stringify(body));
    return body;
  }

  /** Shares the room's key with users, and encrypts an event for them. */
  async encrypt(roomId: string, users: string[], content: object): Promise<string> {
    const ids = () => users.map((id) => new crypto.UserId(id));
    await this.olm.updateTrackedUsers(ids());
    await this.flush();
    const claim = await this.olm.getMissingSessions(ids());
    if (claim) await this.send(claim);
    const settings = new crypto.EncryptionSettings();
    for (const request of await this.olm.shareRoomKey(new crypto.RoomId(roomId), ids(), settings)) {
      await this.send(request);
    }
    await this.flush();
    return this.olm.encryptRoomEvent(new crypto.RoomId(roomId), 'm.room.message', JSON.stringify(content));
  }

  /** The content of an encrypted event. */
  async decrypt(roomId: string, event: object): Promise<Record<string, unknown>> {
    const settings = new crypto.DecryptionSettings(crypto.TrustRequirement.Untrusted);
    const { event: text } = await this.olm.decryptRoomEvent(JSON.stringify(event), new crypto.RoomId(roomId), settings);
    return JSON.parse(text).content;
  }

  /** Another user, or a device of one, as this client knows it. */
  identity(userId: string): Promise<Wasm> {
    return this.olm.getIdentity(new crypto.UserId(userId));
  }

  device(user: TestUser): Promise<Wasm> {
    return this.olm.getDevice(new crypto.UserId(user.userId), new crypto.DeviceId(user.deviceId));
  }

  /** Makes cross-signing keys and uploads them. */
  async bootstrap(auth?: object): Promise<void> {
    const { uploadKeysRequest, uploadSigningKeysRequest, uploadSignaturesRequest } =
      await this.olm.bootstrapCrossSigning(true);
    if (uploadKeysRequest) await this.send(uploadKeysRequest);
    const keys = { ...JSON.parse(uploadSigningKeysRequest.body), ...(auth ? { auth } : {}) };
    await ok(this.user, 'POST', '/keys/device_signing/upload', keys);
    const { failures } = await this.send(uploadSignaturesRequest);
    if (Object.keys(failures).length > 0) throw new Error(JSON.stringify(failures));
  }

  close(): void {
    this.olm.close();
  }
}
