import type { z } from 'zod';
import { type FieldFacts, factsOf, type SectionFacts } from './fields.ts';
import { shape } from './schema.ts';

export interface Key {
  /** Dotted, as in a mistake: `listen.httpPort`. */
  path: string;
  /** The environment variable: `MYELIN_LISTEN_HTTP_PORT`. */
  env: string;
  schema: z.core.$ZodType;
  facts: FieldFacts | SectionFacts;
}

/** `listen.httpPort` → `MYELIN_LISTEN_HTTP_PORT`. */
export function environmentName(path: string): string {
  // A unit such as KiB is one word.
  const words = path
    .replace(/([KMG])iB/g, '$1ib')
    .replaceAll('.', '_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2');
  return `MYELIN_${words.toUpperCase()}`;
}

function walk(level: z.ZodRawShape, prefix: string, into: Map<string, Key>): Map<string, Key> {
  for (const [name, schema] of Object.entries(level)) {
    const facts = factsOf(schema);
    if (facts === undefined) throw new TypeError(`The configuration key ${prefix}${name} is not made by fields.ts.`);
    const path = prefix + name;
    into.set(path, { path, env: environmentName(path), schema, facts });
    if (facts.type === 'section') walk(facts.shape, `${path}.`, into);
  }
  return into;
}

/** All keys and sections by their path, in the order of the schema. */
export const keys: ReadonlyMap<string, Key> = walk(shape, '', new Map());

/** All keys and sections by their environment variable. */
export const keysByEnvironment: ReadonlyMap<string, Key> = new Map([...keys.values()].map((key) => [key.env, key]));

/** The default as it is written, or undefined where there is none. */
export function defaultOf(key: Key): unknown {
  if (key.facts.type === 'section') return undefined;
  const def = (key.schema as z.ZodType).def as { type: string; defaultValue?: unknown };
  return def.type === 'default' ? def.defaultValue : undefined;
}
