import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { ok, reader } from '../sync/reader.ts';

const RULES = '/pushrules/global';

describe('push rules', () => {
  let server: TestServer;
  let n = 0;
  const newUser = (): Promise<TestUser> => server.user(`user${++n}`);
  before(async () => {
    server = await testServer();
  });
  after(() => server.close());

  const ids = (rules: { rule_id: string }[]) => rules.map((rule) => rule.rule_id);

  test('a rule of one’s own, whole and in parts', async () => {
    const alice = await newUser();
    const it = await reader(alice);
    const rule = { pattern: 'cake', actions: ['notify', { set_tweak: 'highlight' }] };
    assert.deepEqual(await ok(alice, 'PUT', `${RULES}/content/cake`, rule), {});
    assert.deepEqual(await ok(alice, 'GET', `${RULES}/content/cake`), {
      rule_id: 'cake',
      default: false,
      enabled: true,
      ...rule,
    });
    const all = await ok(alice, 'GET', `${RULES}/`);
    assert.deepEqual(Object.keys(all).sort(), ['content', 'override', 'room', 'sender', 'underride']);
    assert.deepEqual(ids(all.content), ['cake', '.m.rule.contains_user_name']);
    assert.deepEqual((await ok(alice, 'GET', '/pushrules/')).global, all);
    const [event] = (await it.sync()).account_data.events;
    assert.deepEqual([event.type, event.content], ['m.push_rules', { global: all }]);

    assert.deepEqual(await ok(alice, 'GET', `${RULES}/content/cake/enabled`), { enabled: true });
    assert.deepEqual(await ok(alice, 'PUT', `${RULES}/content/cake/enabled`, { enabled: false }), {});
    assert.deepEqual(await ok(alice, 'GET', `${RULES}/content/cake/enabled`), { enabled: false });
    assert.deepEqual(await ok(alice, 'PUT', `${RULES}/content/cake/actions`, { actions: ['notify'] }), {});
    assert.deepEqual(await ok(alice, 'GET', `${RULES}/content/cake/actions`), { actions: ['notify'] });
    assert.deepEqual(await ok(alice, 'DELETE', `${RULES}/content/cake`), {});
    assert.equal((await alice.call('GET', `${RULES}/content/cake`)).body.errcode, 'M_NOT_FOUND');
  });

  test('rules before and after others', async () => {
    const alice = await newUser();
    const put = (id: string, query = '') =>
      ok(alice, 'PUT', `${RULES}/override/${id}${query}`, { conditions: [], actions: [] });
    await put('b');
    await put('a', '?before=b');
    await put('c', '?after=b');
    const { override } = await ok(alice, 'GET', `${RULES}/`);
    const own = override.filter((rule: { default: boolean }) => !rule.default);
    assert.deepEqual(ids(own), ['a', 'b', 'c']);
    const unknown = await alice.call('PUT', `${RULES}/override/d?before=x`, { conditions: [], actions: [] });
    assert.equal(unknown.status, 400);
  });

  test('polls notify like messages; every encrypted event, when a user wants it', async () => {
    const alice = await newUser();
    const poll = await ok(alice, 'GET', `${RULES}/underride/.org.matrix.msc3930.rule.poll_start`);
    assert.deepEqual(poll.conditions, [{ kind: 'event_match', key: 'type', pattern: 'org.matrix.msc3381.poll.start' }]);
    assert.deepEqual([poll.default, poll.enabled, poll.actions], [true, true, ['notify']]);
    const path = `${RULES}/override/.org.matrix.msc4028.encrypted_event`;
    assert.equal((await ok(alice, 'GET', path)).enabled, false);
    await ok(alice, 'PUT', `${path}/enabled`, { enabled: true });
    assert.equal((await ok(alice, 'GET', path)).enabled, true);
  });
});
