import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleImage, bundleLambda } from '../../infra/bundle.ts';
import { toRestEvent } from '../../lib/api/http/adapters/rest-event.ts';
import { bundledTask } from '../kit/bundled-task.ts';
import { testDatabase } from '../kit/postgres.ts';
import { LambdaFunction, type Outcome } from './environment.ts';

const SEED = 'test'.repeat(16);
export const EDGE_SECRET = 'only the edge knows';

/** An answer of a function, as API Gateway hands it on. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: every endpoint answers its own
  body: any;
  raw: Buffer;
}

/** Bundled Lambdas, and one task from the bundle of the image, on a database of their own: a stage of placement `one`. */
export interface TestDeployment {
  /** Where the task takes polls and media. */
  taskUrl: string;
  databaseUrl: string;
  /** A function from the bundle of a unit. */
  lambda(name: string, options?: { timeoutMs?: number; env?: Record<string, string> }): Promise<LambdaFunction>;
  query(sql: string): Promise<unknown[]>;
  /** Does something while nobody can read a table. */
  locked<T>(table: string, body: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function testDeployment(): Promise<TestDeployment> {
  const folder = await mkdtemp(join(tmpdir(), 'myelin-lambda-'));
  const database = await testDatabase();
  const common = {
    SERVER_SECRET: JSON.stringify({ seed: SEED }),
    EDGE_SECRET,
    MYELIN_SERVER_NAME: 'lambda.test',
    MYELIN_DATABASE_URL: database.url,
    MYELIN_ENABLE_REGISTRATION: 'true',
    MYELIN_RATE_LIMITS: 'false',
    MYELIN_PASSWORD_HASH_MEMORY_KIB: '1024',
    MYELIN_LOG_LEVEL: 'warn',
  };
  const bundles = new Map<string, Promise<string>>();
  const functions: LambdaFunction[] = [];
  const task = await bundledTask(await bundleImage(join(folder, 'image')), {
    ...common,
    UNITS: 'all',
    MYELIN_MEDIA_DIRECTORY: join(folder, 'media'),
  });
  return {
    taskUrl: task.url,
    databaseUrl: database.url,
    async lambda(name, { timeoutMs, env = {} } = {}) {
      const bundle = bundles.get(name) ?? bundleLambda(name, join(folder, name), 'us-east-1');
      bundles.set(name, bundle);
      const fn = new LambdaFunction({
        folder: await bundle,
        env: { ...common, MYELIN_DATABASE_POOL_SIZE: '1', ...env },
        ...(timeoutMs ? { timeoutMs } : {}),
      });
      functions.push(fn);
      return fn;
    },
    query: (sql) => database.db.query(sql),
    locked: (table, body) =>
      database.db.tx(async (tx) => {
        await tx.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
        return body();
      }),
    async close() {
      await Promise.all(functions.map((fn) => fn.stop()));
      await task.stop();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A request as API Gateway hands it to a function. */
export function restEvent(
  method: string,
  rawUri: string,
  { token, body, headers = {} }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): unknown {
  const all = Object.entries({
    ...headers,
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    'x-forwarded-proto': 'https',
  });
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const request = { method, rawUri, headers: all, body: bytes, ip: '192.0.2.7', requestId: 'test' };
  return toRestEvent(request, { stage: 'live', domainName: 'abc.execute-api.us-east-1.amazonaws.com' });
}

/** Reads a buffered or a streamed outcome. @throws Error when the invocation failed */
export function answerOf(outcome: Outcome): Answer {
  if ('error' in outcome) throw new Error(`${outcome.error.errorType}: ${outcome.error.errorMessage}`);
  const { payload, streamed } = outcome;
  if (streamed) {
    const end = payload.indexOf(Buffer.alloc(8));
    const { statusCode, headers } = JSON.parse(payload.subarray(0, end).toString());
    const raw = payload.subarray(end + 8);
    return { status: statusCode, headers, raw, body: json(raw) };
  }
  const { statusCode, multiValueHeaders, body, isBase64Encoded } = JSON.parse(payload.toString());
  const raw = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const headers = Object.fromEntries(
    Object.entries(multiValueHeaders as Record<string, string[]>).map(([name, [value]]) => [name, value ?? '']),
  );
  return { status: statusCode, headers, raw, body: json(raw) };
}

function json(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString());
  } catch {
    return undefined;
  }
}
