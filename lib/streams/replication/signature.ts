import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Path below which processes take commands of each other. */
export const REPLICATION_PATH = '/_myelin/replication/';

/** How far the time of a request may be from the receiver's, both by the database's clock. Milliseconds. */
export const TIME_WINDOW_MS = 30_000;

/** What a request between processes says of itself, all of it signed. */
export interface Envelope {
  method: string;
  path: string;
  /** SHA-256 of the body, hexadecimal. */
  bodyHash: string;
  /** The database's time in milliseconds. */
  time: number;
  /** Used once. */
  nonce: string;
  /** The process that is meant: a request cannot be taken to another, nor to a later one at the same address. */
  to: string;
  /** Id of the command, the same in every attempt. */
  command: string;
  /** The command may have been carried out before. */
  repeated: boolean;
}

/** SHA-256 of a body, hexadecimal. */
export function hashBody(body: string | Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}

/** The envelope as headers, with its signature (HMAC-SHA256 under the shared secret). */
export function toHeaders(envelope: Envelope, secret: string): Record<string, string> {
  return {
    'x-myelin-body': envelope.bodyHash,
    'x-myelin-time': String(envelope.time),
    'x-myelin-nonce': envelope.nonce,
    'x-myelin-to': envelope.to,
    'x-myelin-command': envelope.command,
    'x-myelin-repeated': envelope.repeated ? '1' : '0',
    'x-myelin-signature': sign(envelope, secret).toString('base64url'),
  };
}

/** Reads an envelope; undefined when a part is missing or malformed. Nothing of it is to be believed yet. */
export function fromHeaders(method: string, path: string, headers: IncomingHttpHeaders): Envelope | undefined {
  const text = (name: string, form: RegExp) => {
    const value = headers[`x-myelin-${name}`];
    return typeof value === 'string' && form.test(value) ? value : undefined;
  };
  const bodyHash = text('body', /^[0-9a-f]{64}$/);
  const time = text('time', /^\d{1,15}$/);
  const nonce = text('nonce', /^[\w-]{16,64}$/);
  const to = text('to', /^[\w.:-]{1,300}$/);
  const command = text('command', /^[\w-]{16,64}$/);
  if (!bodyHash || !time || !nonce || !to || !command) return undefined;
  const repeated = headers['x-myelin-repeated'] === '1';
  return { method, path, bodyHash, time: Number(time), nonce, to, command, repeated };
}

/** Whether the signature in the headers is that of the envelope. Takes the same time whatever is wrong. */
export function isSigned(envelope: Envelope, headers: IncomingHttpHeaders, secret: string): boolean {
  const given = headers['x-myelin-signature'];
  const signature = Buffer.from(typeof given === 'string' ? given : '', 'base64url');
  const expected = sign(envelope, secret);
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}

function sign({ method, path, bodyHash, time, nonce, to, command, repeated }: Envelope, secret: string): Buffer {
  const parts = ['myelin-replication-1', method, path, bodyHash, time, nonce, to, command, repeated ? 1 : 0];
  return createHmac('sha256', secret).update(parts.join('\n')).digest();
}
