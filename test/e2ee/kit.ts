import assert from 'node:assert/strict';
import type { JsonObject } from '../../lib/spec/json.ts';
import { generateSigningKey, type SigningKey, signJson } from '../../lib/spec/signing.ts';
import type { TestServer, TestUser } from '../kit/server.ts';

/** A second device of a user. */
export async function login(server: TestServer, user: TestUser, deviceId?: string): Promise<TestUser> {
  const localpart = user.userId.slice(1, user.userId.indexOf(':'));
  const answer = await server.call('POST', '/login', {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: localpart },
    password: `secret-of-${localpart}`,
    ...(deviceId === undefined ? {} : { device_id: deviceId }),
  });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const token = answer.body.access_token as string;
  return {
    userId: user.userId,
    token,
    deviceId: answer.body.device_id,
    call: (method, path, body, options = {}) =>
      server.call(method, path, body, {
        ...options,
        headers: { authorization: `Bearer ${token}`, ...options.headers },
      }),
  };
}

/** Identity keys such as a device uploads; the signature is not a real one. */
export function deviceKeys(user: TestUser, more: JsonObject = {}): JsonObject {
  const { userId, deviceId } = user;
  return {
    user_id: userId,
    device_id: deviceId,
    algorithms: ['m.olm.v1.curve25519-aes-sha2', 'm.megolm.v1.aes-sha2'],
    keys: { [`curve25519:${deviceId}`]: 'curve', [`ed25519:${deviceId}`]: 'ed' },
    signatures: { [userId]: { [`ed25519:${deviceId}`]: 'self' } },
    ...more,
  };
}

/** Identity keys that a real key signs. */
export function realDevice(user: TestUser): { key: SigningKey; keys: JsonObject } {
  const key = { ...generateSigningKey('device'), keyId: `ed25519:${user.deviceId}` };
  const keys = { [`curve25519:${user.deviceId}`]: 'curve', [key.keyId]: key.publicKey };
  const { signatures: _signatures, ...object } = deviceKeys(user, { keys });
  return { key, keys: signJson(object, user.userId, key) as JsonObject };
}

/** A cross-signing key, named by itself, and its public form. */
export interface CrossSigningKey {
  key: SigningKey;
  publicKey: string;
  json: JsonObject;
}

/** Makes a cross-signing key, signed by another if there is one. */
export function crossSigningKey(userId: string, usage: string, signer?: CrossSigningKey): CrossSigningKey {
  const made = generateSigningKey('cross');
  const key = { ...made, keyId: `ed25519:${made.publicKey}` };
  const json = { user_id: userId, usage: [usage], keys: { [key.keyId]: made.publicKey } };
  return { key, publicKey: made.publicKey, json: signer ? signJson(json, userId, signer.key) : json };
}

/** The three cross-signing keys of a user. */
export function crossSigningKeys(userId: string) {
  const master = crossSigningKey(userId, 'master');
  return {
    master,
    self: crossSigningKey(userId, 'self_signing', master),
    user: crossSigningKey(userId, 'user_signing', master),
  };
}

/** Uploads and expects 200. */
export async function ok(user: TestUser, method: string, path: string, body?: unknown) {
  const answer = await user.call(method, path, body);
  assert.equal(answer.status, 200, `${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Expects an error. */
export async function fails(user: TestUser, method: string, path: string, body: unknown, status: number, code: string) {
  const answer = await user.call(method, path, body);
  assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
  assert.equal(answer.body.errcode, code);
  return answer.body;
}

/** One sync; gives the body. */
export async function sync(user: TestUser, since?: string, timeout = 0) {
  return ok(user, 'GET', `/sync?timeout=${timeout}${since === undefined ? '' : `&since=${since}`}`);
}

/** A room with members in it. */
export async function sharedRoom(owner: TestUser, ...others: TestUser[]): Promise<string> {
  const { room_id } = await ok(owner, 'POST', '/createRoom', { preset: 'public_chat' });
  for (const other of others) await ok(other, 'POST', `/join/${encodeURIComponent(room_id)}`, {});
  return room_id;
}
