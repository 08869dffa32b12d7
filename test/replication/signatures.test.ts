import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { request } from 'undici';
import { databaseTime } from '../../lib/storage/streams/processes.ts';
import { type Envelope, hashBody, REPLICATION_PATH, toHeaders } from '../../lib/streams/replication/signature.ts';
import { type TestDatabase, testDatabase } from '../kit/postgres.ts';
import { caller, type Peer, peer, SECRET } from './kit.ts';

const PATH = `${REPLICATION_PATH}typing/set`;

describe('requests between processes', () => {
  let database: TestDatabase;
  let owner: Peer;
  let carriedOut = 0;
  before(async () => {
    database = await testDatabase();
    owner = await peer(database, { name: 'owner', commands: { 'typing/set': async () => ++carriedOut } });
  });
  after(async () => {
    await owner.close();
    await database.drop();
  });

  const envelope = async (body: string, changes: Partial<Envelope> = {}): Promise<Envelope> => ({
    method: 'POST',
    path: PATH,
    bodyHash: hashBody(body),
    time: Math.round(await databaseTime(database.db)),
    nonce: randomBytes(15).toString('base64url'),
    to: owner.name,
    command: randomBytes(15).toString('base64url'),
    repeated: false,
    ...changes,
  });

  interface Sent {
    method?: 'POST' | 'PUT';
    path?: string;
    body?: string;
    headers: Record<string, string>;
  }

  async function send({ method = 'POST', path = PATH, body = '{}', headers }: Sent) {
    const before = carriedOut;
    // Not fetch, which by itself sends again what was answered with 421.
    const response = await request(`http://127.0.0.1:${owner.port}${path}`, { method, headers, body });
    const answer = (await response.body.json()) as { reason?: string } | null;
    return { status: response.statusCode, reason: answer?.reason, carriedOut: carriedOut > before };
  }

  async function refused(reason: string, sent: Sent) {
    const line = `myelin_replication_refused_total{reason="${reason}"}`;
    const before = await owner.metric(line);
    assert.deepEqual(await send(sent), { status: 401, reason, carriedOut: false });
    assert.equal(await owner.metric(line), before + 1, 'it is counted');
  }

  test('are taken with the right signature, once', async () => {
    const headers = toHeaders(await envelope('{}'), SECRET);
    assert.deepEqual(await send({ headers }), { status: 200, reason: undefined, carriedOut: true });
    await refused('replay', { headers });
  });

  test('are refused without a signature, or with that of another secret', async () => {
    await refused('malformed', { headers: {} });
    const { 'x-myelin-signature': _signature, ...unsigned } = toHeaders(await envelope('{}'), SECRET);
    await refused('signature', { headers: unsigned });
    await refused('signature', { headers: toHeaders(await envelope('{}'), `${SECRET}!`) });
    await refused('signature', {
      headers: { ...toHeaders(await envelope('{}'), SECRET), 'x-myelin-signature': 'AAAA' },
    });
  });

  test('are refused when any signed part is another', async () => {
    const good = toHeaders(await envelope('{}'), SECRET);
    await refused('body', { headers: good, body: '{"a":1}' });
    const changed = {
      'x-myelin-body': hashBody('{"a":1}'),
      'x-myelin-time': String(Number(good['x-myelin-time']) + 1),
      'x-myelin-nonce': randomBytes(15).toString('base64url'),
      'x-myelin-to': 'somebody',
      'x-myelin-command': randomBytes(15).toString('base64url'),
      'x-myelin-repeated': '1',
    };
    for (const [name, value] of Object.entries(changed)) {
      const headers = { ...toHeaders(await envelope('{}'), SECRET), [name]: value };
      await refused('signature', { headers });
    }
    await refused('signature', { headers: toHeaders(await envelope('{}'), SECRET), path: `${PATH}All` });
    await refused('signature', { headers: toHeaders(await envelope('{}'), SECRET), method: 'PUT' });
  });

  test('are refused when they are old, ahead of time or for another process', async () => {
    const now = Math.round(await databaseTime(database.db));
    for (const time of [now - 31_000, now + 31_000]) {
      await refused('time', { headers: toHeaders(await envelope('{}', { time }), SECRET) });
    }
    await refused('recipient', { headers: toHeaders(await envelope('{}', { to: 'another' }), SECRET) });
  });

  test('a caller with a wrong secret fails at once and names no secret', async () => {
    const { client } = caller(database, 'wrong');
    const call = client.call({ unit: 'typing', shard: 0 }, 'typing/set', {});
    await assert.rejects(
      call,
      (error: Error) => /refused.*signature/.test(error.message) && !/wrong/.test(error.message),
    );
    await client.close();
  });

  test('a command that nobody here carries out is nobody else’s mistake', async () => {
    const path = `${REPLICATION_PATH}typing/unknown`;
    const answer = await send({ path, headers: toHeaders(await envelope('{}', { path }), SECRET) });
    assert.equal(answer.status, 421);
  });
});
