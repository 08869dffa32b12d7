import assert from 'node:assert/strict';
import type { TestServer } from '../kit/server.ts';
import type { SmtpSink } from '../platform/smtp-sink.ts';

/** Configuration of a server that mails to a sink. */
export function mailConfig(sink: SmtpSink) {
  return { email: { smtpHost: '127.0.0.1', smtpPort: sink.port, tls: false as const, from: 'noreply@localhost' } };
}

/** The first link in the newest mail to an address, as path and query. */
export function linkTo(sink: SmtpSink, address: string): string {
  const mail = sink.messages.findLast(({ to }) => to.includes(address));
  assert.ok(mail, `no mail to ${address}`);
  const text = mail.content
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  const link = /https?:\/\/[^\s"<]+/.exec(text)?.[0];
  assert.ok(link, 'the mail has no link');
  const { pathname, search } = new URL(link);
  return pathname + search;
}

/** Asks for a mail and follows its link. Returns the credentials. */
export async function validate(
  server: TestServer,
  sink: SmtpSink,
  path: string,
  email: string,
): Promise<{ sid: string; client_secret: string }> {
  const client_secret = 'secret.Az=_-1';
  const asked = await server.call('POST', path, { client_secret, email, send_attempt: 1 });
  assert.equal(asked.status, 200, JSON.stringify(asked.body));
  const link = linkTo(sink, email.toLowerCase());
  if (link.startsWith('/_synapse')) {
    const page = await server.call('GET', link);
    assert.match(page.body, /<form method="post"/);
    const done = await server.call('POST', link.replace(/\?.*/, ''), link.replace(/^[^?]*\?/, ''));
    assert.equal(done.status, 200, done.body);
  } else {
    const done = await server.call('GET', link);
    assert.equal(done.status, 200, done.body);
    assert.match(done.body, /confirmed/);
  }
  return { sid: asked.body.sid, client_secret };
}
