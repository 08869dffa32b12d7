import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeRoom, type TestServer, testServer } from '../kit/server.ts';

describe('redacted state that is replaced later', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  test('is not shown as prev_content, neither live nor from the database', async () => {
    const alice = await server.user('alice');
    const room = encodeURIComponent(await makeRoom(alice));
    const { next_batch: since } = (await alice.call('GET', '/sync')).body;
    const secret = await alice.call('PUT', `/rooms/${room}/state/org.example.note/`, { text: 'secret' });
    const redaction = await alice.call(
      'PUT',
      `/rooms/${room}/redact/${encodeURIComponent(secret.body.event_id)}/r1`,
      {},
    );
    assert.equal(redaction.status, 200);
    const later = await alice.call('PUT', `/rooms/${room}/state/org.example.note/`, { text: 'plain' });
    const live = await alice.call('GET', `/sync?since=${since}`);
    assert.ok(!JSON.stringify(live.body).includes('secret'), 'the redacted text came with /sync');
    const stored = await alice.call('GET', `/rooms/${room}/event/${encodeURIComponent(later.body.event_id)}`);
    assert.equal(stored.body.content.text, 'plain');
    assert.ok(!JSON.stringify(stored.body).includes('secret'), 'the redacted text came with the event');
  });
});
