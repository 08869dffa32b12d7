import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatSigningKey, generateSigningKey, parseSigningKeyFile, type SigningKey } from '../spec/signing.ts';

/** Reads the server's signing key; makes the file (readable by its owner only) when there is none. */
export async function loadSigningKey(file: string): Promise<SigningKey> {
  try {
    return parseSigningKeyFile(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = generateSigningKey();
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(`${formatSigningKey(key)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return key;
}
