import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { authorizationOf } from '../../lib/domain/federation/request-signature.ts';
import { generateSigningKey, verifySignedJson } from '../../lib/spec/signing.ts';
import { parseXMatrix } from '../../lib/spec/x-matrix.ts';
import type { FakeServer } from '../kit/fake-server.ts';
import { TestNetwork } from '../kit/network.ts';
import type { TestServer } from '../kit/server.ts';
import { sendTransaction } from './peer-room.ts';

const HOME = 'home.test:8448';
const network = new TestNetwork();
let home: TestServer;
let peer: FakeServer;

before(async () => {
  home = await network.homeserver(HOME);
  await home.user('alice');
  peer = network.fake('peer.test:8448');
});
after(() => network.end());

const PATH = '/_matrix/federation/v1/query/profile?user_id=%40alice%3Ahome.test%3A8448';

/** A request with a header of its own. */
const ask = (authorization: string | undefined, method = 'GET', uri = PATH, body?: unknown) =>
  home.call(method, uri, body, authorization === undefined ? {} : { headers: { authorization } });
const headerOf = (request: Partial<Parameters<typeof authorizationOf>[1]> = {}, signer = peer.signer) =>
  authorizationOf(signer, { method: 'GET', uri: PATH, destination: HOME, ...request });
const codes = async (answer: ReturnType<typeof ask>) => {
  const { status, body } = await answer;
  return [status, body.errcode];
};
const REFUSED = [401, 'M_UNAUTHORIZED'];

test('a signed request is answered', async () => {
  assert.deepEqual(await codes(ask(headerOf())), [200, undefined]);
});

test('a request without a signature, or with one of another scheme, is not', async () => {
  assert.deepEqual(await codes(ask(undefined)), REFUSED);
  assert.deepEqual(await codes(ask('Bearer abc')), REFUSED);
  assert.deepEqual(await codes(ask('X-Matrix origin="peer.test:8448"')), REFUSED);
  const nobody = await codes(ask('X-Matrix origin="host:http",key="ed25519:a",sig="x"'));
  assert.deepEqual(nobody, [400, 'M_INVALID_PARAM']);
});

test('a forged signature is refused: of another key, method, path, query, body or server', async () => {
  const forger = { serverName: peer.name, key: { ...generateSigningKey(), keyId: peer.key.keyId } };
  assert.deepEqual(await codes(ask(headerOf({}, forger))), REFUSED);
  assert.deepEqual(await codes(ask(headerOf({ method: 'PUT' }))), REFUSED);
  assert.deepEqual(await codes(ask(headerOf({ uri: PATH.replace('alice', 'malice') }))), REFUSED);
  // The same path in other bytes is another path.
  assert.deepEqual(await codes(ask(headerOf({ uri: PATH.replace('%40', '@') }))), REFUSED);
  assert.deepEqual(await codes(ask(headerOf({ content: { a: 1 } }))), REFUSED);
  const other = network.fake('other.test:8448');
  assert.deepEqual(await codes(ask(headerOf({}, { serverName: other.name, key: peer.key }))), REFUSED);
  const uri = '/_matrix/federation/v1/user/keys/query';
  const content = { device_keys: {} };
  const header = headerOf({ method: 'POST', uri, content });
  assert.deepEqual(await codes(ask(header, 'POST', uri, content)), [200, undefined]);
  assert.deepEqual(await codes(ask(header, 'POST', uri, { device_keys: { '@a:b': [] } })), REFUSED);
});

test('a request that is signed for another server is refused, one that names no destination is not', async () => {
  assert.deepEqual(await codes(ask(headerOf({ destination: 'elsewhere.test:8448' }))), REFUSED);
  assert.deepEqual(await codes(ask(headerOf().replace(/destination="[^"]*",/, ''))), [200, undefined]);
});

test('a key that has expired signs no more requests', async () => {
  const old = network.fake('old.test:8448');
  old.keyAnswer = { valid_until_ts: Date.now() - 1_000 };
  assert.deepEqual(await codes(ask(headerOf({}, old.signer))), REFUSED);
});

test('a server whose keys cannot be had is refused', async () => {
  assert.deepEqual(await codes(ask(headerOf({}, { serverName: 'gone.test:1', key: generateSigningKey() }))), REFUSED);
});

test('of several keys of a server one has to be right', async () => {
  const forger = { serverName: peer.name, key: generateSigningKey() };
  assert.deepEqual(await codes(ask(`${headerOf({}, forger)}, ${headerOf()}`)), [200, undefined]);
  const other = network.fake('second.test:8448');
  assert.deepEqual(await codes(ask(`${headerOf({}, other.signer)}, ${headerOf()}`)), REFUSED);
});

test('what a header may look like', () => {
  const read = (header: string) => parseXMatrix(header)?.[0];
  const wanted = { origin: 'a.b:1', destination: 'c', key: 'ed25519:k', signature: 'x/+=' };
  assert.deepEqual(read('X-Matrix origin="a.b:1",destination="c",key="ed25519:k",sig="x/+="'), wanted);
  assert.deepEqual(read('x-matrix   KEY=ed25519:k ,\tSig=x/+= , origin=a.b:1, destination=c'), wanted);
  assert.deepEqual(read('X-Matrix origin="a\\.b:1",destination="c",key="ed25519:k",sig="x/+=",more=1'), wanted);
  for (const bad of [
    '',
    'X-Matrix',
    'X-Matrix ',
    'X-Matrix origin=a,key=b',
    'X-Matrix origin=a,origin=b,key=b,sig=c',
    'X-Matrix origin="a,key=b,sig=c',
    'X-Matrix origin=a,key=b,sig=c garbage',
    'X-Matrix origin=a,key=b,sig=c,',
  ]) {
    assert.equal(parseXMatrix(bad), undefined, bad);
  }
});

test('a server that asks too often is told to wait, and only that one', async () => {
  const busy = await network.homeserver('busy.test:8448', {
    rateLimits: { federation: { perSecond: 0.001, burstCount: 2 } },
  });
  await busy.user('alice');
  const uri = '/_matrix/federation/v1/query/profile?user_id=%40alice%3Abusy.test%3A8448';
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await peer.request('busy.test:8448', 'GET', uri)).status);
  assert.deepEqual(statuses, [200, 200, 429]);
  const other = network.fake('patient.test:8448');
  assert.equal((await other.request('busy.test:8448', 'GET', uri)).status, 200);
});

test('a server that talks to no others answers none', async () => {
  await network.homeserver('alone.test:8448', { federation: { enabled: false } });
  const { status, body } = await peer.request('alone.test:8448', 'GET', PATH);
  assert.deepEqual([status, body.errcode], [403, 'M_FORBIDDEN']);
});

test('a body that is no JSON, or is too long, is refused before anything else', async () => {
  const uri = '/_matrix/federation/v1/send/1';
  const answer = await ask(headerOf({ method: 'PUT', uri }), 'PUT', uri, '{"pdus":');
  assert.deepEqual([answer.status, answer.body.errcode], [400, 'M_NOT_JSON']);
  const long = await sendTransaction(peer, HOME, { edus: [{ edu_type: 'x', content: { x: 'y'.repeat(13e6) } }] });
  assert.deepEqual([long.status, long.body.errcode], [413, 'M_TOO_LARGE']);
});

test('this server tells its keys, signed', async () => {
  const { status, body } = await home.call('GET', '/_matrix/key/v2/server');
  assert.equal(status, 200);
  assert.equal(body.server_name, HOME);
  const [[keyId, key]] = Object.entries(body.verify_keys) as [[string, { key: string }]];
  assert.ok(verifySignedJson(body, HOME, keyId, key.key));
  assert.ok(body.valid_until_ts > Date.now());
  assert.deepEqual(body.old_verify_keys, {});
});

test('as a notary it tells keys of others, with both signatures, and of itself', async () => {
  const { key, serverName } = home.ctx.signer;
  const told = network.fake('told.test:8448');
  const one = await home.call('GET', '/_matrix/key/v2/query/told.test%3A8448');
  assert.equal(one.status, 200);
  assert.equal(one.body.server_keys.length, 1);
  const [answer] = one.body.server_keys;
  assert.equal(answer.verify_keys[told.key.keyId].key, told.key.publicKey);
  assert.ok(verifySignedJson(answer, told.name, told.key.keyId, told.key.publicKey));
  assert.ok(verifySignedJson(answer, serverName, key.keyId, key.publicKey));

  const asked = network.sentTo(told.name, '/key/v2/server').length;
  const wanted = { 'told.test:8448': { [told.key.keyId]: {} }, [HOME]: {}, 'gone.test:8448': {}, 'bad name': {} };
  const byId = await home.call('GET', `/_matrix/key/v2/query/told.test%3A8448/${told.key.keyId}`);
  assert.deepEqual(byId.body.server_keys, one.body.server_keys);
  const many = await home.call('POST', '/_matrix/key/v2/query', { server_keys: wanted });
  const names = many.body.server_keys.map((entry: { server_name: string }) => entry.server_name).sort();
  assert.deepEqual(names, [HOME, 'told.test:8448']);
  assert.equal(network.sentTo(told.name, '/key/v2/server').length, asked, 'what is known is not fetched again');

  const later = Date.now() + 3_600_000;
  network.down.add(told.name);
  const kept = await home.call(
    'GET',
    `/_matrix/key/v2/query/told.test%3A8448?minimum_valid_until_ts=${later + 30 * 86_400_000}`,
  );
  assert.equal(kept.body.server_keys.length, 1, 'what was known is told while the server is away');
  network.down.delete(told.name);
  const first = told.key;
  told.key = generateSigningKey();
  const again = { server_keys: { 'told.test:8448': { [first.keyId]: { minimum_valid_until_ts: later * 2 } } } };
  const forgotten = await home.call('POST', '/_matrix/key/v2/query', again);
  assert.ok(forgotten.body.server_keys[0].verify_keys[first.keyId], 'what its server has forgotten is still known');
  assert.deepEqual((await home.call('POST', '/_matrix/key/v2/query', { server_keys: {} })).body, { server_keys: [] });
  assert.equal((await home.call('GET', '/_matrix/key/v2/query/a%20b')).status, 400);
});
