import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { createRegistrationToken } from '../../lib/domain/accounts/registration-token.ts';
import { type TestServer, testServer } from '../kit/server.ts';

describe('fallback pages', () => {
  let server: TestServer;
  before(async () => {
    server = await testServer({
      registrationRequiresToken: true,
      recaptcha: { publicKey: 'pub"lic', privateKey: 'x' },
    });
  });
  after(() => server.close());

  const page = (stage: string, session: string, form?: Record<string, string>) =>
    server.call(
      form ? 'POST' : 'GET',
      `/auth/${stage}/fallback/web?session=${session}`,
      form && new URLSearchParams(form).toString(),
      form && { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    );

  test('do a stage in a browser; the client goes on with the session alone', async () => {
    const { session } = (await server.call('POST', '/register', { username: 'web', password: 'pw' })).body;
    const stage = 'm.login.registration_token';
    const first = await page(stage, session);
    assert.equal(first.status, 200);
    assert.equal(first.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.match(first.body, /<form method="post">.*name="token"/s);
    const wrong = await page(stage, session, { token: 'nonsense' });
    assert.equal(wrong.status, 401);
    assert.match(wrong.body, /role="alert">The registration token is not valid\..*name="token"/s);
    const waiting = await server.call('POST', '/register', { auth: { session } });
    assert.equal(waiting.status, 401);
    assert.deepEqual(waiting.body.completed, []);
    const done = await page(stage, session, { token: await createRegistrationToken(server.ctx) });
    assert.equal(done.status, 200);
    assert.match(done.body, /window\.onAuthDone\(\).*window\.opener\.postMessage\("authDone", "\*"\)/s);
    assert.match(done.headers.get('content-security-policy') ?? '', /script-src 'sha256-/);
    assert.match((await page(stage, session)).body, /authDone/);
    const { status, body } = await server.call('POST', '/register', { auth: { session } });
    assert.equal(status, 200);
    assert.equal(body.user_id, '@web:localhost');
  });

  test('hold nothing that a stranger put there', async () => {
    const { session } = (await server.call('POST', '/register', {})).body;
    const { body } = await page('m.login.recaptcha', session);
    assert.match(body, /data-sitekey="pub&#34;lic"/);
    const unknown = await page('m.login.dummy', '%3Cscript%3E');
    assert.equal(unknown.status, 400);
    assert.ok(!unknown.body.includes('<script'));
    assert.equal((await page('m.login.magic', session)).body.errcode, 'M_NOT_FOUND');
    assert.equal((await page('constructor', session)).status, 404);
    assert.equal((await server.call('GET', '/auth/m.login.dummy/fallback/web')).body.errcode, 'M_MISSING_PARAM');
  });

  test('bound what they read', async () => {
    const { session } = (await server.call('POST', '/register', {})).body;
    const answer = await page('m.login.registration_token', session, { token: 'x'.repeat(100_000) });
    assert.equal(answer.status, 413);
  });
});

test('a page signs in for clients that cannot', async () => {
  const server = await testServer();
  try {
    await server.user('alice');
    const page = await server.call('GET', '/_matrix/static/client/login/?device_id=PHONE');
    assert.equal(page.status, 200);
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
    const script = /<script>(.*)<\/script>/s.exec(page.body)?.[1] as string;
    const hash = createHash('sha256').update(script).digest('base64');
    assert.match(
      page.headers.get('content-security-policy') ?? '',
      new RegExp(`'sha256-${hash.replace(/[+/]/g, '.')}'`),
    );

    // The script, with what it uses of a browser.
    let submit: (event: { preventDefault(): void }) => Promise<void> = async () => {};
    const answers: { user_id: string; device_id: string }[] = [];
    const problem = { textContent: '' };
    const form = {
      user: { value: 'alice' },
      password: { value: 'wrong' },
      addEventListener: (_: string, listener: typeof submit) => {
        submit = listener;
      },
      replaceWith: () => {},
    };
    const browser = {
      document: { querySelector: (selector: string) => (selector === 'form' ? form : problem) },
      location: { search: '?device_id=PHONE' },
      window: { matrixLogin: { onLogin: (answer: (typeof answers)[number]) => answers.push(answer) } },
      fetch: (path: string, options: RequestInit) => server.fetch(path, options),
    };
    new Function(...Object.keys(browser), script)(...Object.values(browser));
    await submit({ preventDefault() {} });
    assert.equal(answers.length, 0);
    assert.notEqual(problem.textContent, '');
    form.password.value = 'secret-of-alice';
    await submit({ preventDefault() {} });
    assert.deepEqual([answers[0]?.user_id, answers[0]?.device_id], ['@alice:localhost', 'PHONE']);
  } finally {
    await server.close();
  }
});
