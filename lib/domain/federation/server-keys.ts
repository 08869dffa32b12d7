import { LRUCache } from 'lru-cache';
import type { Clock } from '../../platform/clock.ts';
import { isServerName } from '../../spec/ids.ts';
import { isJsonObject } from '../../spec/json.ts';
import { signingKeyIds, verifySignedJson } from '../../spec/signing.ts';
import type { Queryable } from '../../storage/database.ts';
import { getServerKeys, putServerKeys, type StoredServerKey } from '../../storage/federation/server-keys.ts';
import type { EventSigner } from '../rooms/room-actor.ts';
import type { FederationClient } from './client.ts';
import { FederationError } from './federation-error.ts';
import { readKeyResponse } from './key-response.ts';

/** A key that something was signed with. */
export interface KeyQuestion {
  serverName: string;
  keyId: string;
  /** When it was signed: the key has to have been good then. 0 where any time will do. Milliseconds. */
  validAt: number;
}

/** A JSON object that a server should have signed. */
export interface SignedObject {
  object: object;
  serverName: string;
  /** As of {@link KeyQuestion}. */
  validAt: number;
}

/** What {@link ServerKeys} works with. */
export interface ServerKeysOptions {
  db: Queryable;
  clock: Clock;
  signer: EventSigner;
  client: FederationClient;
  /** Servers that are believed about the keys of others (notaries). */
  notaries: readonly string[];
}

const MOST_CACHED = 50_000;
const FETCH_MS = 10_000;
const MOST_BYTES = 256 * 1024;
const AT_ONCE = 32;
/** A server that has not given a key is not asked for it again for so long. */
const REFUSED_MS = 30_000;

/** The keys of other servers: stored for ever, fetched from their server or else from notaries. */
export class ServerKeys {
  readonly #options: ServerKeysOptions;
  readonly #cache = new LRUCache<string, StoredServerKey>({ max: MOST_CACHED });
  readonly #fetches = new Map<string, Promise<void>>();
  readonly #refused = new LRUCache<string, true>({ max: MOST_CACHED, ttl: REFUSED_MS });

  constructor(options: ServerKeysOptions) {
    this.#options = options;
  }

  /** The public keys (unpadded base64) asked for, in order; undefined where there is none that was good at the time. */
  async publicKeys(questions: readonly KeyQuestion[]): Promise<(string | undefined)[]> {
    await this.#load(questions);
    const open = questions.filter((question) => this.#answer(question) === undefined);
    if (open.length > 0) await this.#fetch(open);
    return questions.map((question) => this.#answer(question));
  }

  /** Whether each object is signed by its server with a key that was good at the time. */
  async verify(objects: readonly SignedObject[]): Promise<boolean[]> {
    return this.check(objects, ({ object, serverName }, keyId, publicKey) =>
      verifySignedJson(object, serverName, keyId, publicKey, 'lenient'),
    );
  }

  /** As {@link verify}, for objects whose signature is checked in a way of their own (events). */
  async check<T extends SignedObject>(
    objects: readonly T[],
    isRight: (object: T, keyId: string, publicKey: string) => boolean,
  ): Promise<boolean[]> {
    const ids = objects.map(({ object, serverName }) => signingKeyIds(object, serverName).slice(0, 10));
    const questions = objects.flatMap(({ serverName, validAt }, i) =>
      (ids[i] as string[]).map((keyId): KeyQuestion => ({ serverName, keyId, validAt })),
    );
    const keys = await this.publicKeys(questions);
    let next = 0;
    return objects.map((one, i) => {
      const own = (ids[i] as string[]).map((keyId) => [keyId, keys[next++]] as const);
      return own.some(([keyId, key]) => key !== undefined && isRight(one, keyId, key));
    });
  }

  /** Asks servers for their keys, whatever is known of them. Those that do not answer stay as they are. */
  async refresh(serverNames: readonly string[]): Promise<void> {
    const names = serverNames.filter((name) => isServerName(name) && name !== this.#options.signer.serverName);
    for (let at = 0; at < names.length; at += AT_ONCE) {
      await Promise.all(names.slice(at, at + AT_ONCE).map((name) => this.#fetchFromOrigin(name)));
    }
  }

  #answer({ serverName, keyId, validAt }: KeyQuestion): string | undefined {
    const { signer } = this.#options;
    if (serverName === signer.serverName && keyId === signer.key.keyId) return signer.key.publicKey;
    const key = this.#cache.get(nameOf(serverName, keyId));
    return key !== undefined && key.validUntilTs >= validAt ? key.publicKey : undefined;
  }

  /** Reads what is stored of the keys that are not in memory. */
  async #load(questions: readonly KeyQuestion[]): Promise<void> {
    const missing = new Map(
      questions
        .filter((one) => this.#answer(one) === undefined && isServerName(one.serverName) && !one.keyId.includes('\0'))
        .map((one) => [nameOf(one.serverName, one.keyId), one]),
    );
    for (const key of await getServerKeys(this.#options.db, [...missing.values()])) this.#remember(key);
  }

  async #fetch(open: readonly KeyQuestion[]): Promise<void> {
    const byServer = Map.groupBy(open, (question) => question.serverName);
    const servers = [...byServer.keys()].filter(
      (name) => name !== this.#options.signer.serverName && isServerName(name),
    );
    const wanting = servers.filter((name) => byServer.get(name)?.some((one) => !this.#refused.has(refusal(one))));
    for (let at = 0; at < wanting.length; at += AT_ONCE) {
      await Promise.all(wanting.slice(at, at + AT_ONCE).map((name) => this.#fetchFromOrigin(name)));
    }
    const left = wanting.flatMap((name) => byServer.get(name) ?? []).filter((one) => this.#answer(one) === undefined);
    for (const notary of this.#options.notaries) {
      const still = left.filter((one) => this.#answer(one) === undefined && one.serverName !== notary);
      if (still.length > 0 && notary !== this.#options.signer.serverName) await this.#fetchFromNotary(notary, still);
    }
    for (const one of left) if (this.#answer(one) === undefined) this.#refused.set(refusal(one), true);
  }

  /** Asks a server for its own keys; callers at the same time share the request. */
  #fetchFromOrigin(serverName: string): Promise<void> {
    const running = this.#fetches.get(serverName);
    if (running) return running;
    const fetch = this.#askOrigin(serverName).finally(() => this.#fetches.delete(serverName));
    this.#fetches.set(serverName, fetch);
    return fetch;
  }

  async #askOrigin(serverName: string): Promise<void> {
    const { client, clock, db } = this.#options;
    try {
      const path = '/_matrix/key/v2/server';
      const request = { path, sign: false, timeoutMs: FETCH_MS, maxBytes: MOST_BYTES };
      const response = await client.json(serverName, request);
      const keys = readKeyResponse(response, serverName, clock.now()) ?? [];
      await putServerKeys(db, keys);
      for (const key of keys) this.#remember(key);
    } catch (error) {
      if (!(error instanceof FederationError)) throw error;
    }
  }

  async #fetchFromNotary(notary: string, wanted: readonly KeyQuestion[]): Promise<void> {
    const { client, clock, db } = this.#options;
    const serverKeys: Record<string, Record<string, { minimum_valid_until_ts: number }>> = {};
    for (const { serverName, keyId, validAt } of wanted) {
      serverKeys[serverName] = { ...serverKeys[serverName], [keyId]: { minimum_valid_until_ts: validAt } };
    }
    try {
      const request = { method: 'POST', path: '/_matrix/key/v2/query', sign: false, timeoutMs: 2 * FETCH_MS } as const;
      const answer = await client.json(notary, { ...request, content: { server_keys: serverKeys } });
      const responses = Array.isArray(answer['server_keys']) ? answer['server_keys'].filter(isJsonObject) : [];
      const now = clock.now();
      const signed = await this.verify(responses.map((object) => ({ object, serverName: notary, validAt: now })));
      for (const [i, response] of responses.entries()) {
        const name = response['server_name'];
        if (!signed[i] || typeof name !== 'string' || !Object.hasOwn(serverKeys, name)) continue;
        const keys = readKeyResponse(response, name, now) ?? [];
        await putServerKeys(db, keys, { extendOnly: true });
        for (const key of keys) this.#remember(key);
      }
    } catch (error) {
      if (!(error instanceof FederationError)) throw error;
    }
  }

  #remember(key: StoredServerKey): void {
    const name = nameOf(key.serverName, key.keyId);
    const known = this.#cache.get(name);
    if (!known || key.fetchedTs >= known.fetchedTs) this.#cache.set(name, key);
  }
}

function nameOf(serverName: string, keyId: string): string {
  return `${serverName} ${keyId}`;
}

function refusal({ serverName, keyId, validAt }: KeyQuestion): string {
  return `${serverName} ${keyId} ${validAt === 0 ? 'ever' : 'lately'}`;
}
