import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { availableParallelism, freemem } from 'node:os';
import { dirname } from 'node:path';
import type { Config } from '../../config/config.ts';
import { bad, type Finding, note, ok } from './check.ts';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

export function checkNode(): Finding {
  return ok('node', `Node ${process.version} at ${process.execPath}.`);
}

export function checkMemory(): Finding {
  const free = Math.round(freemem() / MiB);
  const cores = availableParallelism();
  const sentence = `${free} MiB of memory are free, ${cores} ${cores === 1 ? 'core' : 'cores'}.`;
  return free < 512 ? note('memory', `${sentence} The server and its database want 512 MiB.`) : ok('memory', sentence);
}

export async function checkDisk(config: Config): Promise<Finding> {
  const { dataDirectory } = config;
  try {
    await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
    await access(dataDirectory, constants.W_OK);
    const { bavail, bsize } = await statfs(dataDirectory);
    const free = bavail * bsize;
    const sentence = `${(free / GiB).toFixed(1)} GiB are free in ${dataDirectory}.`;
    if (free < 100 * MiB) return bad('disk', `${sentence} That is too little for a database.`);
    return free < 2 * GiB ? note('disk', `${sentence} That will not last long.`) : ok('disk', sentence);
  } catch (error) {
    return bad('disk', `${dataDirectory} cannot be written: ${(error as Error).message}.`);
  }
}

export async function checkSigningKey(config: Config): Promise<Finding> {
  const { signingKeyFile } = config;
  try {
    await access(signingKeyFile, constants.R_OK);
    return ok('signing key', `${signingKeyFile} is there. Keep a copy: without it the server loses its identity.`);
  } catch {
    try {
      await access(dirname(signingKeyFile), constants.W_OK);
      return ok('signing key', `${signingKeyFile} will be made at the first start.`);
    } catch {
      return bad('signing key', `${signingKeyFile} is not there, and cannot be made in its folder.`);
    }
  }
}
