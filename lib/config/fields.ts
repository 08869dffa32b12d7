/**
 * The building blocks of the configuration's schema. A *field* is one key with a value, a *section* an object of
 * keys. Both are zod schemas, so types follow from them; beside each schema stands what zod does not keep: the words
 * used in mistakes, the sentence of documentation, and whether the value is a secret.
 */
import { z } from 'zod';

/** How a value is written in an environment variable, and how it is shown. */
export type FieldKind = 'text' | 'path' | 'integer' | 'number' | 'boolean' | 'list' | 'paths' | 'json' | 'choice';

interface TypeFacts {
  kind: FieldKind;
  /** Completes "KEY must be …". */
  expects: string;
}

export interface FieldFacts extends TypeFacts {
  type: 'field';
  doc: string;
  secret: boolean;
  /** Shown where the real default is worked out from other keys. */
  defaultNote?: string;
}

export interface SectionFacts {
  type: 'section';
  doc: string;
  shape: z.ZodRawShape;
  /** `false` may stand for the whole section and switches it off. */
  orFalse: boolean;
}

const types = new WeakMap<z.core.$ZodType, TypeFacts>();
const nodes = new WeakMap<z.core.$ZodType, FieldFacts | SectionFacts>();

/** What stands beside a schema made by {@link setting}, {@link optional} or {@link section}. */
export function factsOf(schema: z.core.$ZodType): FieldFacts | SectionFacts | undefined {
  return nodes.get(schema);
}

function typed<T extends z.ZodType>(schema: T, kind: FieldKind, expects: string): T {
  types.set(schema, { kind, expects });
  return schema;
}

export const text = () => typed(z.string().min(1), 'text', 'a text');
/** A file or folder. Relative paths in a file count from that file's folder, others from the working directory. */
export const path = () => typed(z.string().min(1), 'path', 'a path');
export const paths = () => typed(z.array(z.string().min(1)), 'paths', 'a list of paths');
export const bool = () => typed(z.boolean(), 'boolean', 'true or false');
export const texts = () => typed(z.array(z.string().min(1)), 'list', 'a list of texts');
export const json = () => typed(z.record(z.string(), z.unknown()), 'json', 'an object');

/** A list of objects, each with the given keys and perhaps more. `expects` completes "KEY must be …". */
export function objects<S extends z.ZodRawShape>(shape: S, expects: string) {
  return typed(z.array(z.looseObject(shape)), 'json', expects);
}

export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER) {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `between ${min} and ${max}`;
  return typed(z.int().min(min).max(max), 'integer', `a whole number ${range}`);
}

export function positive() {
  return typed(z.number().positive(), 'number', 'a number above 0');
}

/** A part of a whole. */
export const share = () => typed(z.number().min(0).max(1), 'number', 'a number from 0 to 1');
export const port = () => integer(0, 65535);
/** A length of time in milliseconds. */
export const milliseconds = (min = 0) => integer(min);
/** A size in bytes. */
export const bytes = (min = 1) => integer(min);

export function choice<const T extends readonly string[]>(values: T) {
  const quoted = values.map((value) => `"${value}"`).join(', ');
  return typed(z.enum(values), 'choice', `one of ${quoted}`);
}

/** One of the words, or an object of a form. `expects` completes "KEY must be …". */
export function choiceOr<const T extends readonly string[], S extends z.ZodType>(
  values: T,
  schema: S,
  expects: string,
) {
  return typed(z.union([z.enum(values), schema]), 'json', expects);
}

/** A URL of one of the schemes, for example `url('https', 'http')`. */
export function url(...schemes: string[]) {
  const schema = z.string().refine((value) => {
    try {
      return schemes.includes(new URL(value).protocol.slice(0, -1));
    } catch {
      return false;
    }
  });
  return typed(schema, 'text', `a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`);
}

/** A text of a given form. `expects` completes "KEY must be …". */
export function pattern(form: RegExp, expects: string) {
  return typed(z.string().regex(form), 'text', expects);
}

/** `true`, `false`, or one of the words. */
export function boolOr<const T extends readonly string[]>(values: T) {
  const quoted = values.map((value) => `"${value}"`).join(' or ');
  return typed(z.union([z.boolean(), z.enum(values)]), 'boolean', `true, false or ${quoted}`);
}

interface FieldOptions {
  /** Never printed. */
  secret?: boolean;
  defaultNote?: string;
}

function register<T extends z.ZodType>(schema: T, type: z.ZodType, doc: string, options: FieldOptions): T {
  const facts = types.get(type);
  if (facts === undefined) throw new TypeError('A field is made of one of the types of this file.');
  const { secret = false, defaultNote } = options;
  nodes.set(schema, { type: 'field', ...facts, doc, secret, ...(defaultNote === undefined ? {} : { defaultNote }) });
  return schema;
}

/** A key with a default. */
export function setting<T extends z.ZodType>(
  type: T,
  value: z.util.NoUndefined<z.output<T>>,
  doc: string,
  options: FieldOptions = {},
) {
  return register(type.default(value), type, doc, options);
}

/** A key that may be left out. */
export function optional<T extends z.ZodType>(type: T, doc: string, options: FieldOptions = {}) {
  return register(type.optional(), type, doc, options);
}

/** An object of keys; all its defaults hold when it is left out. */
export function section<T extends z.ZodRawShape>(doc: string, shape: T) {
  const schema = z.strictObject(shape).prefault({} as never);
  nodes.set(schema, { type: 'section', doc, shape, orFalse: false });
  return schema;
}

/** A section for which `false` may stand: everything in it is then switched off. */
export function sectionOrFalse<T extends z.ZodRawShape>(doc: string, shape: T) {
  const schema = z.union([z.literal(false), z.strictObject(shape)]).prefault({} as never);
  nodes.set(schema, { type: 'section', doc, shape, orFalse: true });
  return schema;
}
