import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pruneRendezvous } from '../../lib/domain/rendezvous/rendezvous.ts';
import { type TestServer, testServer } from '../kit/server.ts';

const TEXT = '/_matrix/client/unstable/org.matrix.msc4108/rendezvous';
const JSON_FORM = '/_matrix/client/unstable/io.element.msc4388/rendezvous';
const plain = (more: Record<string, string> = {}) => ({ headers: { 'content-type': 'text/plain', ...more } });

describe('rendezvous of two devices', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer({ publicBaseUrl: 'https://matrix.example.org' });
  });
  after(() => server.close());

  test('by text and ETag', async () => {
    const opened = await server.call('POST', TEXT, 'one', plain());
    assert.equal(opened.status, 201);
    const { url } = opened.body;
    assert.match(
      url,
      /^https:\/\/matrix\.example\.org\/_matrix\/client\/unstable\/org\.matrix\.msc4108\/rendezvous\/\w{32}$/,
    );
    const path = new URL(url).pathname;
    const first = await server.call('GET', path);
    assert.deepEqual([first.status, first.body], [200, 'one']);
    assert.match(first.headers.get('content-type') ?? '', /^text\/plain/);
    const etag = first.headers.get('etag') as string;
    assert.equal(opened.headers.get('etag'), etag);
    assert.ok(Date.parse(first.headers.get('expires') as string) > Date.now());
    const unchanged = await server.call('GET', path, undefined, { headers: { 'if-none-match': etag } });
    assert.deepEqual([unchanged.status, unchanged.body], [304, '']);

    const written = await server.call('PUT', path, 'two', plain({ 'if-match': etag }));
    assert.equal(written.status, 202);
    assert.notEqual(written.headers.get('etag'), etag);
    assert.equal((await server.call('GET', path, undefined, { headers: { 'if-none-match': etag } })).body, 'two');
    const late = await server.call('PUT', path, 'three', plain({ 'if-match': etag }));
    assert.deepEqual([late.status, late.body['org.matrix.msc4108.errcode']], [412, 'M_CONCURRENT_WRITE']);
    assert.equal((await server.call('PUT', path, 'x', plain())).body.errcode, 'M_MISSING_PARAM');

    assert.equal((await server.call('DELETE', path)).status, 204);
    assert.equal((await server.call('GET', path)).body.errcode, 'M_NOT_FOUND');
    assert.equal((await server.call('DELETE', path)).status, 404);
  });

  test('as JSON', async () => {
    assert.deepEqual((await server.call('GET', JSON_FORM)).body, { create_available: true });
    const { body: opened } = await server.call('POST', JSON_FORM, { data: 'one' });
    assert.deepEqual(Object.keys(opened).sort(), ['expires_in_ms', 'id', 'sequence_token']);
    const path = `${JSON_FORM}/${opened.id}`;
    const { body: first } = await server.call('GET', path);
    assert.deepEqual([first.data, first.sequence_token], ['one', opened.sequence_token]);
    assert.ok(first.expires_in_ms > 0 && first.expires_in_ms <= opened.expires_in_ms);
    const { sequence_token } = opened;
    const written = await server.call('PUT', path, { data: 'two', sequence_token });
    assert.notEqual(written.body.sequence_token, sequence_token);
    const late = await server.call('PUT', path, { data: 'three', sequence_token });
    assert.deepEqual([late.status, late.body.errcode], [409, 'IO_ELEMENT_MSC4388_CONCURRENT_WRITE']);
    assert.equal((await server.call('GET', path)).body.data, 'two');
    const shown = await server.call('GET', path, undefined, { headers: { 'sec-fetch-dest': 'document' } });
    assert.equal(shown.status, 403);
    assert.deepEqual((await server.call('DELETE', path)).body, {});
    assert.equal((await server.call('GET', path)).status, 404);
  });

  test('limits', async () => {
    assert.equal((await server.call('POST', TEXT, 'x'.repeat(4097), plain())).body.errcode, 'M_TOO_LARGE');
    assert.equal((await server.call('POST', JSON_FORM, { data: 'x'.repeat(4097) })).body.errcode, 'M_TOO_LARGE');
    assert.equal((await server.call('POST', TEXT, '{}', plain({ 'content-type': 'image/png' }))).status, 400);
    assert.equal((await server.call('POST', JSON_FORM, { data: 1 })).body.errcode, 'M_BAD_JSON');
    assert.equal((await server.call('PUT', `${TEXT}/unknown`, 'x', plain({ 'if-match': '"1"' }))).status, 404);
  });

  test('they end after two minutes', async () => {
    const { body } = await server.call('POST', JSON_FORM, { data: 'one' });
    const { clock, db } = server.ctx;
    await pruneRendezvous({ db, clock: { ...clock, now: () => clock.now() + 60_000 } });
    assert.equal((await server.call('GET', `${JSON_FORM}/${body.id}`)).status, 200);
    await pruneRendezvous({ db, clock: { ...clock, now: () => clock.now() + 121_000 } });
    assert.equal((await server.call('GET', `${JSON_FORM}/${body.id}`)).status, 404);
  });
});
