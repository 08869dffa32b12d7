import { type Argon2Algorithm, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import type { Config } from '../../config/config.ts';
import { limitExceeded } from '../../spec/errors.ts';

/** Cost of argon2id: the configuration's `passwordHash`. */
export type PasswordCost = Config['passwordHash'];

interface Parts {
  cost: PasswordCost;
  salt: Buffer;
  tag: Buffer;
}

const ALGORITHM: Argon2Algorithm = 'argon2id';
const SALT_BYTES = 16;
const TAG_BYTES = 32;
const PHC = /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,4}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,88})\$([A-Za-z0-9+/]{16,172})$/;

const derive = promisify(argon2);

/**
 * Hashes a password with argon2id. Returns a PHC string. Runs off the event loop.
 * @throws MatrixError 429 when too many wait already.
 */
export async function hashPassword(password: string, cost: PasswordCost): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await run(password, { cost, salt }, TAG_BYTES);
  return phcOf({ cost, salt, tag });
}

/** A PHC string that no password fits; to check against it takes as long as against a user's. */
export function decoyHash(cost: PasswordCost): string {
  return phcOf({ cost, salt: randomBytes(SALT_BYTES), tag: randomBytes(TAG_BYTES) });
}

/** Whether a password belongs to a PHC string. Compares in constant time; false for a string of another kind. */
export async function verifyPassword(password: string, phc: string): Promise<boolean> {
  const parts = parse(phc);
  if (!parts) return false;
  return timingSafeEqual(await run(password, parts, parts.tag.length), parts.tag);
}

/** Whether a PHC string was made at another cost than today's, so that the password should be hashed anew. */
export function isOutdated(phc: string, cost: PasswordCost): boolean {
  const made = parse(phc)?.cost;
  return made?.memoryKiB !== cost.memoryKiB || made.passes !== cost.passes || made.parallelism !== cost.parallelism;
}

function phcOf({ cost: { memoryKiB, passes, parallelism }, salt, tag }: Parts): string {
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
}

function parse(phc: string): Parts | undefined {
  const match = PHC.exec(phc);
  if (!match) return undefined;
  const [, memory, passes, parallelism, salt, tag] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return {
    cost: { memoryKiB: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}

// A hash keeps a processor and its memory busy, and the thread pool serves files and DNS too.
const mostAtOnce = Math.max(1, Math.min(3, availableParallelism() - 1));
/** More than this would wait for longer than a client does. */
const MOST_WAITING = 500;
const queue: (() => void)[] = [];
let running = 0;

async function run(password: string, { cost, salt }: Omit<Parts, 'tag'>, tagLength: number): Promise<Buffer> {
  if (queue.length >= MOST_WAITING) throw limitExceeded(2_000);
  if (running >= mostAtOnce) await new Promise<void>((resolve) => queue.push(resolve));
  else running++;
  try {
    const { memoryKiB: memory, passes, parallelism } = cost;
    // Forms that look alike are one password, whatever keyboard it came from.
    const message = password.normalize('NFKC');
    return await derive(ALGORITHM, { message, nonce: salt, parallelism, tagLength, memory, passes });
  } finally {
    // The place is handed on, so that nobody overtakes who waits.
    const next = queue.shift();
    if (next) next();
    else running--;
  }
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
