import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryMail } from '../../lib/platform/adapters/memory-mail.ts';
import { SmtpMail } from '../../lib/platform/adapters/smtp-mail.ts';
import type { Mail, MailMessage } from '../../lib/platform/mail.ts';
import { freePort } from '../kit/redis.ts';
import { smtpSink } from './smtp-sink.ts';

const MESSAGE: MailMessage = {
  to: 'ada@example.org',
  subject: 'Grüße, confirm your address',
  text: 'Open https://example.org/confirm?token=abc=def',
  html: '<p>Open <a href="https://example.org/confirm?token=abc=def">this</a>.</p>',
};

/** What every adapter of the mail port has to do; `arrived` decodes what came out at the other end. */
function mailSuite(name: string, make: () => Promise<{ mail: Mail; arrived(): MailMessage[]; stop(): Promise<void> }>) {
  describe(`mail: ${name}`, () => {
    test('a message arrives as it was sent, in both forms', async () => {
      const { mail, arrived, stop } = await make();
      try {
        await mail.send(MESSAGE);
        await mail.send({ ...MESSAGE, to: 'bob@example.org', text: '.starts with a dot\nÄ'.padEnd(2_000, 'x') });
        const [first, second] = arrived();
        assert.deepEqual(first, MESSAGE);
        assert.equal(second?.to, 'bob@example.org');
        assert.match(second!.text, /^\.starts with a dot\r?\nÄx+$/);
      } finally {
        await stop();
      }
    });
  });
}

mailSuite('memory', async () => {
  const mail = new MemoryMail();
  return { mail, arrived: () => mail.sent, stop: async () => {} };
});

mailSuite('SMTP', async () => {
  const sink = await smtpSink();
  const mail = smtpTo(sink.port);
  const arrived = () => sink.messages.map((m) => ({ to: m.to.join(), ...parse(m.content) }));
  return { mail, arrived, stop: () => sink.close() };
});

describe('mail over SMTP', () => {
  test('names its sender in envelope and header, and that no person wrote it', async () => {
    const sink = await smtpSink();
    await smtpTo(sink.port).send(MESSAGE);
    assert.equal(sink.messages[0]?.from, 'noreply@example.org');
    assert.match(sink.messages[0]!.content, /^From: Myelin <noreply@example\.org>\r$/m);
    assert.match(sink.messages[0]!.content, /^Auto-Submitted: auto-generated\r$/m);
    await sink.close();
  });

  test('fails when the recipient is refused', async () => {
    const sink = await smtpSink({ refuse: true });
    await assert.rejects(smtpTo(sink.port).send(MESSAGE), /550/);
    assert.deepEqual(sink.messages, []);
    await sink.close();
  });

  test('fails in time when the server says nothing, or is not there', async () => {
    const sink = await smtpSink({ silent: true });
    const started = performance.now();
    await assert.rejects(smtpTo(sink.port, { timeoutMs: 200 }).send(MESSAGE));
    await assert.rejects(smtpTo(await freePort(), { timeoutMs: 200 }).send(MESSAGE), /ECONNREFUSED/);
    assert.ok(performance.now() - started < 2_000);
    await sink.close();
  });

  test('does not go on without TLS when TLS is required', async () => {
    const sink = await smtpSink();
    await assert.rejects(smtpTo(sink.port, { tls: 'starttls' }).send(MESSAGE));
    assert.deepEqual(sink.messages, []);
    await sink.close();
  });

  test('an address brings no second recipient and no header with it', async () => {
    const sink = await smtpSink();
    for (const to of [
      'a@example.org, b@example.org',
      'a@example.org\r\nBcc: b@example.org',
      'A <a@example.org>',
      'a@b;c@d',
    ]) {
      await assert.rejects(smtpTo(sink.port).send({ ...MESSAGE, to }), /not one e-mail address/);
    }
    await smtpTo(sink.port).send({ ...MESSAGE, subject: 'a\r\nBcc: b@example.org' });
    assert.deepEqual(sink.messages[0]?.to, ['ada@example.org']);
    assert.doesNotMatch(sink.messages[0]!.content, /^Bcc:/m);
    await sink.close();
  });
});

function smtpTo(port: number, more: Partial<ConstructorParameters<typeof SmtpMail>[0]> = {}): SmtpMail {
  return new SmtpMail({ host: '127.0.0.1', port, tls: false, from: 'Myelin <noreply@example.org>', ...more });
}

function parse(content: string): Omit<MailMessage, 'to'> {
  const [, subject = ''] = /^Subject: (.*(?:\r\n[ \t].*)*)/m.exec(content) ?? [];
  return { subject: decodeWords(subject), text: part(content, 'text/plain'), html: part(content, 'text/html') };
}

function part(content: string, type: string): string {
  const start = content.indexOf(`Content-Type: ${type}`);
  const bodyStart = content.indexOf('\r\n\r\n', start) + 4;
  const head = content.slice(start, bodyStart);
  const raw = content.slice(bodyStart, bodyStart + content.slice(bodyStart).search(/\r\n-{2,}/));
  if (/base64/i.test(head)) return Buffer.from(raw, 'base64').toString();
  return /quoted-printable/i.test(head) ? quotedPrintable(raw.replaceAll('=\r\n', '')) : raw;
}

function decodeWords(text: string): string {
  return text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([bq])\?(.*?)\?=/gi, (_all, how: string, value: string) =>
      how.toLowerCase() === 'b' ? Buffer.from(value, 'base64').toString() : quotedPrintable(value.replaceAll('_', ' ')),
    );
}

function quotedPrintable(text: string): string {
  const bytes = text.replaceAll(/=([0-9A-F]{2})/gi, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString();
}
