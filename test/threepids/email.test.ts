import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type TestServer, type TestUser, testServer } from '../kit/server.ts';
import { type SmtpSink, smtpSink } from '../platform/smtp-sink.ts';
import { linkTo, mailConfig, validate } from './mailed.ts';

const ADD = '/account/3pid/email/requestToken';
const REGISTER = '/register/email/requestToken';
const RESET = '/account/password/email/requestToken';

describe('e-mail addresses', () => {
  let server: TestServer;
  let sink: SmtpSink;
  let alice: TestUser;
  before(async () => {
    sink = await smtpSink();
    server = await testServer(mailConfig(sink));
    alice = await server.user('alice');
  });
  after(async () => {
    await server.close();
    await sink.close();
  });

  const password = (name: string) => ({
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: name },
    password: `secret-of-${name}`,
  });

  test('are validated by a mail, added once, good to log in with, and deleted', async () => {
    const creds = await validate(server, sink, ADD, 'Alice@Example.org');
    const added = await alice.call('POST', '/account/3pid/add', { ...creds, auth: password('alice') });
    assert.equal(added.status, 200, JSON.stringify(added.body));
    const again = await alice.call('POST', '/account/3pid/add', { ...creds, auth: password('alice') });
    assert.equal(again.body.errcode, 'M_THREEPID_AUTH_FAILED');
    const { threepids } = (await alice.call('GET', '/account/3pid')).body;
    assert.equal(threepids.length, 1);
    assert.equal(threepids[0].medium, 'email');
    assert.equal(threepids[0].address, 'alice@example.org');
    assert.ok(threepids[0].validated_at <= threepids[0].added_at);
    const identifier = { type: 'm.id.thirdparty', medium: 'email', address: 'ALICE@example.org' };
    const login = { type: 'm.login.password', identifier, password: 'secret-of-alice' };
    assert.equal((await server.call('POST', '/login', login)).body.user_id, alice.userId);
    for (const path of [ADD, REGISTER]) {
      const body = { client_secret: 'other', email: 'alice@example.org', send_attempt: 1 };
      const refused = await server.call('POST', path, body);
      assert.equal(refused.status, 400);
      assert.equal(refused.body.errcode, 'M_THREEPID_IN_USE');
    }
    const gone = await alice.call('POST', '/account/3pid/delete', { medium: 'email', address: 'alice@example.org' });
    assert.deepEqual(gone.body, { id_server_unbind_result: 'no-support' });
    assert.equal((await server.call('POST', '/login', login)).status, 403);
  });

  test('the older way to add works without a password', async () => {
    const creds = await validate(server, sink, ADD, 'old@example.org');
    assert.equal((await alice.call('POST', '/account/3pid', { three_pid_creds: creds })).status, 200);
    const { threepids } = (await alice.call('GET', '/account/3pid')).body;
    assert.deepEqual(
      threepids.map((t: { address: string }) => t.address),
      ['old@example.org'],
    );
  });

  test('the same attempt sends no second mail; the next one makes the first link useless', async () => {
    const body = { client_secret: 'repeat', email: 'repeat@example.org', send_attempt: 1 };
    const first = await server.call('POST', ADD, body);
    const link = linkTo(sink, 'repeat@example.org');
    assert.equal((await server.call('POST', ADD, body)).body.sid, first.body.sid);
    const mails = () => sink.messages.filter(({ to }) => to.includes('repeat@example.org')).length;
    assert.equal(mails(), 1);
    assert.equal((await server.call('POST', ADD, { ...body, send_attempt: 2 })).body.sid, first.body.sid);
    assert.equal(mails(), 2);
    assert.equal((await server.call('GET', link)).status, 400);
    assert.equal((await server.call('GET', linkTo(sink, 'repeat@example.org'))).status, 200);
  });

  test('tokens cannot be guessed, age, and are good for one purpose', async () => {
    const body = { client_secret: 'guess', email: 'guess@example.org', send_attempt: 1 };
    const { sid } = (await server.call('POST', ADD, body)).body;
    const link = linkTo(sink, 'guess@example.org');
    for (let i = 0; i < 10; i++) {
      assert.equal((await server.call('GET', link.replace(/token=[^&]*/, `token=wrong${i}`))).status, 400);
    }
    assert.equal((await server.call('GET', link)).status, 400, 'after ten wrong ones the right one is too late');
    await server.ctx.db.query('UPDATE threepid_sessions SET failures = 0, sent_ts = sent_ts - 3700000 WHERE sid = $1', [
      sid,
    ]);
    assert.equal((await server.call('GET', link)).status, 400, 'an hour later');
    await server.ctx.db.query('UPDATE threepid_sessions SET sent_ts = sent_ts + 3700000 WHERE sid = $1', [sid]);
    assert.equal((await server.call('GET', link.replace('add_threepid', 'registration'))).status, 400);
    assert.equal((await server.call('GET', link)).status, 200);
  });

  test('a browser is sent on to next_link', async () => {
    const body = {
      client_secret: 'next',
      email: 'next@example.org',
      send_attempt: 1,
      next_link: 'https://app.example/',
    };
    await server.call('POST', ADD, body);
    const answer = await server.call('GET', linkTo(sink, 'next@example.org'));
    assert.equal(answer.status, 302);
    assert.equal(answer.headers.get('location'), 'https://app.example/');
    const bad = await server.call('POST', ADD, { ...body, client_secret: 'x', next_link: 'javascript:alert(1)' });
    assert.equal(bad.body.errcode, 'M_INVALID_PARAM');
  });

  test('registration takes an address as a stage and keeps it', async () => {
    const started = await server.call('POST', '/register', { username: 'mailed', password: 'a long password' });
    assert.deepEqual(started.body.flows, [{ stages: ['m.login.dummy'] }, { stages: ['m.login.email.identity'] }]);
    const { session } = started.body;
    const early = { type: 'm.login.email.identity', session, threepid_creds: { sid: 'none', client_secret: 'x' } };
    const refused = await server.call('POST', '/register', { auth: early });
    assert.equal(refused.status, 401);
    assert.equal(refused.body.errcode, 'M_UNAUTHORIZED');
    const creds = await validate(server, sink, REGISTER, 'mailed@example.org');
    const auth = { type: 'm.login.email.identity', session, threepid_creds: creds };
    const done = await server.call('POST', '/register', { auth });
    assert.equal(done.body.user_id, '@mailed:localhost', JSON.stringify(done.body));
    const headers = { authorization: `Bearer ${done.body.access_token}` };
    const { threepids } = (await server.call('GET', '/account/3pid', undefined, { headers })).body;
    assert.equal(threepids[0].address, 'mailed@example.org');
  });

  test('who owns the address of an account sets a new password, and all sessions end', async () => {
    const user = await server.user('forgetful');
    const unknown = { client_secret: 's', email: 'nobody@example.org', send_attempt: 1 };
    assert.equal((await server.call('POST', RESET, unknown)).body.errcode, 'M_THREEPID_NOT_FOUND');
    const own = await validate(server, sink, ADD, 'forgetful@example.org');
    await user.call('POST', '/account/3pid', { three_pid_creds: own });
    const wanted = await server.call('POST', '/account/password', { new_password: 'new password' });
    assert.deepEqual(wanted.body.flows, [{ stages: ['m.login.email.identity'] }]);
    const threepid_creds = await validate(server, sink, RESET, 'forgetful@example.org');
    const auth = { type: 'm.login.email.identity', threepid_creds };
    const changed = await server.call('POST', '/account/password', { new_password: 'new password', auth });
    assert.equal(changed.status, 200, JSON.stringify(changed.body));
    assert.equal((await user.call('GET', '/account/whoami')).status, 401);
    const login = { ...password('forgetful'), password: 'new password' };
    assert.equal((await server.call('POST', '/login', login)).status, 200);
    const again = await server.call('POST', '/account/password', { new_password: 'another', auth });
    assert.equal(again.status, 401, 'what was validated is used up');
  });

  test('phone numbers and servers without mail are refused by name', async () => {
    for (const path of ['/account/3pid', '/register', '/account/password']) {
      const answer = await server.call('POST', `${path}/msisdn/requestToken`, {});
      assert.equal(answer.status, 400);
      assert.equal(answer.body.errcode, 'M_THREEPID_MEDIUM_NOT_SUPPORTED');
    }
    for (const email of ['no-at.example.org', 'two@at@example.org', 'a b@example.org', 'a@example.org,b@example.org']) {
      const answer = await server.call('POST', ADD, { client_secret: 'a', email, send_attempt: 1 });
      assert.equal(answer.body.errcode, 'M_INVALID_PARAM', email);
    }
  });
});
