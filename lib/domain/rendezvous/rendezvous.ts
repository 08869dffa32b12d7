import { invalidParam, notFound, tooLarge } from '../../spec/errors.ts';
import { randomString } from '../../spec/random.ts';
import {
  deleteRendezvous,
  getRendezvous,
  insertRendezvous,
  pruneRendezvousSessions,
  type RendezvousRow,
  replaceRendezvous,
} from '../../storage/rendezvous/rendezvous-sessions.ts';
import type { Context } from '../context.ts';

/** Longest content of a mailbox, in bytes. */
export const MOST_BYTES = 4096;
const LIFETIME_MS = 120_000;
const SESSION_ID = /^\w{1,64}$/;

/** A mailbox as clients know it. */
export interface Rendezvous extends Omit<RendezvousRow, 'sequence'> {
  /** Changes with every change of the content. */
  version: string;
}

type Part = Pick<Context, 'db' | 'clock'>;

/**
 * Opens a mailbox through which two devices find each other (MSC4108, MSC4388). Whoever knows its id reads and writes it;
 * what they say is encrypted.
 * @throws MatrixError 413 M_TOO_LARGE
 */
export async function openRendezvous(ctx: Part, data: string, contentType: string): Promise<Rendezvous> {
  checkData(data);
  const now = ctx.clock.now();
  const sessionId = randomString(32);
  const row = { sessionId, data, contentType, modifiedTs: now, expiresTs: now + LIFETIME_MS };
  return withVersion(await insertRendezvous(ctx.db, row));
}

/**
 * What is in a mailbox.
 * @throws MatrixError 404 M_NOT_FOUND for one that is not there or has expired.
 */
export async function readRendezvous(ctx: Part, sessionId: string): Promise<Rendezvous> {
  const row = SESSION_ID.test(sessionId) ? await getRendezvous(ctx.db, sessionId, ctx.clock.now()) : undefined;
  if (!row) throw gone();
  return withVersion(row);
}

/**
 * Replaces what is in a mailbox, if it still is what the writer has read. Undefined when it is not.
 * @throws MatrixError 404 M_NOT_FOUND, 413 M_TOO_LARGE.
 */
export async function writeRendezvous(
  ctx: Part,
  sessionId: string,
  { data, contentType, version }: { data: string; contentType: string; version: string },
): Promise<Rendezvous | undefined> {
  checkData(data);
  await readRendezvous(ctx, sessionId);
  if (!/^\d{1,15}$/.test(version)) return undefined;
  const change = { data, contentType, sequence: Number(version), now: ctx.clock.now() };
  const row = await replaceRendezvous(ctx.db, sessionId, change);
  return row && withVersion(row);
}

/**
 * Closes a mailbox.
 * @throws MatrixError 404 M_NOT_FOUND for one that is not there or has expired.
 */
export async function closeRendezvous(ctx: Part, sessionId: string): Promise<void> {
  if (!SESSION_ID.test(sessionId)) throw gone();
  if (!(await deleteRendezvous(ctx.db, sessionId, ctx.clock.now()))) throw gone();
}

/** Removes mailboxes that have expired. A job of the background unit. */
export async function pruneRendezvous(ctx: Part): Promise<void> {
  await pruneRendezvousSessions(ctx.db, ctx.clock.now());
}

function withVersion({ sequence, ...row }: RendezvousRow): Rendezvous {
  return { ...row, version: String(sequence) };
}

function checkData(data: string): void {
  if (data.includes('\0')) throw invalidParam('The data must not contain NUL.');
  if (Buffer.byteLength(data) > MOST_BYTES) throw tooLarge(`The data may have at most ${MOST_BYTES} bytes.`);
}

function gone() {
  return notFound('There is no rendezvous with this id; it may have expired.');
}
