import { isAbsolute, resolve } from 'node:path';
import type { Key } from './keys.ts';
import { keys, keysByEnvironment } from './keys.ts';
import { nearestKey } from './suggest.ts';

/** A value and where it was found, as it is named in a mistake. */
export interface Found {
  value: unknown;
  source: string;
}

/** Values by dotted key; later sources replace earlier ones. */
export type Findings = Map<string, Found>;

/** Environment variables with our prefix that are no configuration keys. */
const otherVariables = /^MYELIN_(?:CONFIG$|TEST_|BENCH_|NODE$)/;

function unknownKey(path: string, source: string, nearest: string | undefined): string {
  const hint = nearest === undefined ? siblings(path) : `Did you mean ${nearest}?`;
  return `${path} is not a configuration key (from ${source}). ${hint}`;
}

/** What there is instead, where no key comes near. */
function siblings(path: string): string {
  const above = path.slice(0, path.lastIndexOf('.'));
  const facts = keys.get(above)?.facts;
  return facts?.type === 'section'
    ? `${above} has ${Object.keys(facts.shape).join(', ')}.`
    : 'All keys: npm run myelin -- config keys';
}

/** A section given whole replaces nothing but what it names; `false` for a section wipes what was found below it. */
function put(findings: Findings, path: string, found: Found): void {
  for (const other of [...findings.keys()]) {
    const above = path.startsWith(`${other}.`);
    const below = other.startsWith(`${path}.`);
    if (above || below) findings.delete(other);
  }
  findings.set(path, found);
}

/**
 * Adds the keys of an object (a file's content, or flags) to the findings.
 * @param nameOf the source as named in mistakes
 * @param folder from where relative paths count
 */
export function addTree(
  tree: Record<string, unknown>,
  nameOf: (path: string) => string,
  folder: string,
  findings: Findings,
  problems: string[],
): void {
  const visit = (level: Record<string, unknown>, prefix: string): void => {
    for (const [name, value] of Object.entries(level)) {
      const path = prefix + name;
      const key = keys.get(path);
      if (key === undefined) {
        problems.push(unknownKey(path, nameOf(path), nearestKey(path)));
      } else if (value === null || value === undefined) {
        // "redisUrl:" with nothing behind it is a key left out.
      } else if (key.facts.type === 'section' && isObject(value)) {
        visit(value, `${path}.`);
      } else {
        put(findings, path, { value: absolute(key, value, folder), source: nameOf(path) });
      }
    }
  };
  visit(tree, '');
}

/** Adds every `MYELIN_…` variable to the findings. */
export function addEnvironment(
  env: Record<string, string | undefined>,
  folder: string,
  findings: Findings,
  problems: string[],
): void {
  for (const name of Object.keys(env).sort()) {
    const written = env[name];
    if (!name.startsWith('MYELIN_') || written === undefined || otherVariables.test(name)) continue;
    const key = keysByEnvironment.get(name);
    if (key === undefined) {
      problems.push(unknownKey(name, 'the environment', nearestKey(name, keysByEnvironment.keys())));
      continue;
    }
    // An empty variable is what compose files and CI leave behind for "not given".
    if (written === '') continue;
    const value = fromText(key, written);
    if (key.facts.type === 'section' && isObject(value)) {
      const tree = nest(key.path, value);
      addTree(tree, () => name, folder, findings, problems);
    } else {
      put(findings, key.path, { value: absolute(key, value, folder), source: name });
    }
  }
}

/** A text as the value its key wants; a text that does not fit stays one, for the mistake to show. */
function fromText(key: Key, written: string): unknown {
  const kind = key.facts.type === 'section' ? 'section' : key.facts.kind;
  if (kind === 'integer' || kind === 'number') {
    const number = Number(written);
    return written.trim() !== '' && Number.isFinite(number) ? number : written;
  }
  if (kind === 'boolean' || kind === 'section') {
    if (/^(?:true|yes|on|1)$/i.test(written)) return true;
    if (/^(?:false|no|off|0)$/i.test(written)) return false;
  }
  const list = kind === 'list' || kind === 'paths';
  if ((list && written.trimStart().startsWith('[')) || kind === 'json' || kind === 'section') {
    try {
      return JSON.parse(written);
    } catch {
      return written;
    }
  }
  if (list) return written.split(',').map((part) => part.trim());
  return written;
}

function absolute(key: Key, value: unknown, folder: string): unknown {
  if (key.facts.type === 'section') return value;
  const one = (path: unknown) =>
    typeof path === 'string' && path !== '' && !isAbsolute(path) ? resolve(folder, path) : path;
  if (key.facts.kind === 'path') return one(value);
  if (key.facts.kind === 'paths' && Array.isArray(value)) return value.map(one);
  return value;
}

function nest(path: string, value: unknown): Record<string, unknown> {
  return path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Record<string, unknown>;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
