import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

function onPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Tests use a real Redis. Installs one where there is none, on systems with apt.
 * @throws Error with a sentence when that is impossible
 */
export function ensureRedis(): void {
  if (process.env['MYELIN_TEST_REDIS_URL'] || onPath('redis-server')) return;
  const instead = 'Install redis-server, or set MYELIN_TEST_REDIS_URL to one that tests may use.';
  if (!onPath('apt-get')) throw new Error(`Tests need a Redis server, and there is none on the PATH. ${instead}`);
  const root = process.getuid?.() === 0;
  const apt = (...words: string[]) => {
    const command = [...(root ? [] : ['sudo', '-n']), 'apt-get', '-q', ...words];
    console.error(`  ${command.join(' ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    return spawnSync(command[0]!, command.slice(1), { stdio: ['ignore', 'ignore', 2], env }).status === 0;
  };
  console.error('Tests need a Redis server; installing one …');
  const done = apt('install', '-y', 'redis-server') || (apt('update') && apt('install', '-y', 'redis-server'));
  if (!done || !onPath('redis-server')) throw new Error(`Redis could not be installed. ${instead}`);
}
