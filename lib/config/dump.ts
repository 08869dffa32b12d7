import type { Config } from './config.ts';
import { keys } from './keys.ts';

const mask = '********';

/** A URL without its password; anything else that is secret is masked whole. */
function masked(value: string): string {
  try {
    const url = new URL(value);
    if (url.password !== '') url.password = mask;
    for (const name of ['password', 'sslpassword']) if (url.searchParams.has(name)) url.searchParams.set(name, mask);
    return url.protocol.startsWith('postgres') || url.protocol.startsWith('redis') ? url.href : mask;
  } catch {
    return mask;
  }
}

/** The configuration in effect as a plain object in the schema's order, for people to read: secrets are masked. */
export function dumpConfig(config: Config): Record<string, unknown> {
  const copy = (level: Record<string, unknown>, prefix: string): Record<string, unknown> => {
    const result: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(level)) {
      const facts = keys.get(prefix + name)?.facts;
      if (facts?.type === 'section' && value !== false) {
        result[name] = copy(value as Record<string, unknown>, `${prefix}${name}.`);
      } else if (value !== undefined) {
        const secret = facts?.type === 'field' && facts.secret;
        result[name] = secret ? masked(String(value)) : value;
      }
    }
    return result;
  };
  return copy(config as unknown as Record<string, unknown>, '');
}
