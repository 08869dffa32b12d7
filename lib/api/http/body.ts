import type { ZodType } from 'zod';
import type { Context } from '../../domain/context.ts';
import { badJson, invalidParam, missingParam, notJson, tooLarge } from '../../spec/errors.ts';
import type { Endpoint } from './endpoint.ts';

const DEEPEST_NESTING = 128;
/** A whole number of so many digits is finite. */
const MOST_DIGITS = 300;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * Reads and checks a JSON body.
 * @param parsed the body where authentication has read it already.
 * @throws MatrixError 400 M_NOT_JSON, M_BAD_JSON or M_MISSING_PARAM with a sentence, 413 M_TOO_LARGE.
 */
export async function readBody(
  ctx: Context,
  endpoint: Endpoint,
  request: Request,
  parsed?: { value: unknown },
): Promise<unknown> {
  const { value } = parsed ?? {
    value: await readJson(request, endpoint.maxBodyBytes ?? ctx.config.limits.maxBodyBytes),
  };
  if (value === undefined && !endpoint.bodyOptional)
    throw notJson('The request has no body; a JSON object was expected.');
  return check(endpoint.bodySchema as ZodType, value === undefined ? {} : value);
}

/** Parses a body of at most `maxBytes` as JSON; undefined when it is empty. */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const bytes = await readBytes(request, maxBytes);
  if (bytes.byteLength === 0) return undefined;
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw notJson('The body is not valid UTF-8.');
  }
  const hugeNumbers = checkNesting(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notJson('The body is not valid JSON.');
  }
  if (hugeNumbers) requireFinite(value);
  return value;
}

/** Checks query parameters; a parameter given several times is an array where the schema wants one. */
export function readQuery(schema: ZodType, searchParams: URLSearchParams): unknown {
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(searchParams.keys())) {
    const values = searchParams.getAll(name);
    query[name] = values.length > 1 ? values : (values[0] as string);
  }
  const result = schema.safeParse(query);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const name = issue?.path.join('.') ?? 'query';
  if (!(name in query)) throw missingParam(`The query parameter ${name} is missing.`);
  throw invalidParam(`The query parameter ${name} is not valid: ${issue?.message}.`);
}

function check(schema: ZodType, value: unknown): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  if (path === '') throw badJson(`The body is not valid: ${issue?.message}.`);
  if (issue?.code === 'invalid_type' && issue.message.endsWith('received undefined')) {
    throw missingParam(`The body has no ${path}.`);
  }
  throw badJson(`${path} is not valid: ${issue?.message}.`);
}

async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > maxBytes) throw tooLarge(`The body has more than ${maxBytes} bytes.`);
  // Asked for first: reading a body of known length whole is much cheaper than opening a stream.
  if (declared > 0) {
    const bytes = new Uint8Array(await request.arrayBuffer());
    if (bytes.byteLength > maxBytes) throw tooLarge(`The body has more than ${maxBytes} bytes.`);
    return bytes;
  }
  if (!request.body) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(`The body has more than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Refuses JSON that is nested deeper than any client has a reason for, before anything walks it recursively. Tells
 * whether there may be numbers that are too large for JavaScript.
 */
function checkNesting(text: string): boolean {
  let depth = 0;
  let inString = false;
  let digits = 0;
  let huge = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x7b || c === 0x5b) {
      if (++depth > DEEPEST_NESTING) throw badJson(`The body is nested deeper than ${DEEPEST_NESTING} levels.`);
    } else if (c === 0x7d || c === 0x5d) depth--;
    else if (c >= 0x30 && c <= 0x39) {
      if (++digits > MOST_DIGITS) huge = true;
    } else if (digits > 0) {
      if (c === 0x65 || c === 0x45) huge = true;
      digits = 0;
    }
  }
  return huge;
}

/** A number that became infinite would be null for whoever gets it next, in another process or from the database. */
function requireFinite(value: unknown): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw badJson('The body has a number that is too large.');
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) requireFinite(part);
}
