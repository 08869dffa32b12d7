import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const BUILD = fileURLToPath(new URL('../../build', import.meta.url));
const INSTALL_MS = 180_000;
const run = promisify(execFile);

/**
 * Installs a tool from PyPI once, into a virtual environment in build/.
 * @param requirement such as `cfn-lint==1.58.0`
 * @returns the folder of its programs, or why it cannot be had
 */
export async function pythonTool(requirement: string): Promise<{ bin: string } | { missing: string }> {
  const home = join(BUILD, requirement.replace('==', '-'));
  const bin = join(home, 'bin');
  if (existsSync(bin)) return { bin };
  // Made aside: a half installed one is never used.
  const draft = `${home}.${process.pid}`;
  try {
    await mkdir(BUILD, { recursive: true });
    await run('python3', ['-m', 'venv', draft], { timeout: INSTALL_MS });
    await run(join(draft, 'bin/python3'), ['-m', 'pip', 'install', '--quiet', requirement], { timeout: INSTALL_MS });
    await rename(draft, home);
    return { bin };
  } catch (error) {
    return { missing: `${requirement} could not be installed (${String((error as Error).message).split('\n')[0]})` };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
