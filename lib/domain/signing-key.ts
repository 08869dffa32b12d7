import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { randomString } from '../spec/random.ts';
import { formatSigningKey, generateSigningKey, parseSigningKeyFile, type SigningKey } from '../spec/signing.ts';

/**
 * Reads the server's signing key; makes the file (readable by its owner only) when there is none. Several processes may
 * do so at once: one of them makes it, all of them get the same.
 */
export async function loadSigningKey(file: string): Promise<SigningKey> {
  try {
    return parseSigningKeyFile(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}-${randomString(6)}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${formatSigningKey(generateSigningKey())}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    // A link appears with its content, and only where there is none.
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return parseSigningKeyFile(await readFile(file, 'utf8'));
}
