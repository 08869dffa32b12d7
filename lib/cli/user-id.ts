import type { Config } from '../config/config.ts';
import { Failure } from './failure.ts';

/**
 * The localpart of a user of this server, however it was typed: `alice`, `@alice` or `@alice:server`.
 * @throws Failure for a user of another server
 */
export function localpartOf(typed: string, config: Config): string {
  const plain = typed.replace(/^@/, '');
  const colon = plain.indexOf(':');
  if (colon < 0) return plain;
  const server = plain.slice(colon + 1);
  if (server !== config.serverName) throw new Failure(`${typed} is not of this server, ${config.serverName}.`);
  return plain.slice(0, colon);
}
