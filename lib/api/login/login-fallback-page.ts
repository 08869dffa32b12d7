import { createHash } from 'node:crypto';
import { z } from 'zod';
import { defineEndpoint } from '../http/endpoint.ts';

// `window.matrixLogin.onLogin` is what clients that show the page wait for.
const SCRIPT = `const form = document.querySelector('form');
const problem = document.querySelector('[role=alert]');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const query = new URLSearchParams(location.search);
  const request = {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: form.user.value },
    password: form.password.value,
  };
  for (const name of ['device_id', 'initial_device_display_name'])
    if (query.has(name)) request[name] = query.get(name);
  problem.textContent = '';
  let answer;
  try {
    const response = await fetch('/_matrix/client/v3/login', { method: 'POST', body: JSON.stringify(request) });
    answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
  } catch (error) {
    problem.textContent = error.message;
    return;
  }
  form.replaceWith('You are signed in. You may now go back to your client.');
  if (window.matrixLogin && window.matrixLogin.onLogin) window.matrixLogin.onLogin(answer);
});`;
const SCRIPT_HASH = createHash('sha256').update(SCRIPT).digest('base64');

const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in</title></head><body><h1>Sign in</h1><p role="alert"></p>
<form><p><label>User name: <input name="user" required autocomplete="username"></label></p>
<p><label>Password: <input name="password" type="password" required autocomplete="current-password"></label></p>
<p><button type="submit">Sign in</button></p></form><script>${SCRIPT}</script></body></html>`;

/** A page that signs in for clients that cannot (client-server API, "Login Fallback"). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/static/client/login/',
  auth: 'none',
  query: z.looseObject({}),
  handle() {
    return new Response(PAGE, {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': `default-src 'none'; connect-src 'self'; script-src 'sha256-${SCRIPT_HASH}'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'`,
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      },
    });
  },
});
