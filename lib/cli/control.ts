import { createHash } from 'node:crypto';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Failure } from './failure.ts';

/** What a running server does for other commands on the same machine, by name. Arguments and answers survive JSON. */
export type Operations = Record<string, (args: never) => Promise<unknown>>;

export interface ControlServer {
  close(): Promise<void>;
}

/** The address of a Unix socket has room for so many bytes. */
const longestAddress = 100;

/** Where a server with this data directory listens for commands; only its owner can open it. */
export function controlSocket(dataDirectory: string): string {
  const path = join(dataDirectory, 'control.sock');
  if (Buffer.byteLength(path) <= longestAddress) return path;
  const hash = createHash('sha256').update(dataDirectory).digest('hex').slice(0, 16);
  return join(tmpdir(), `myelin-${process.getuid?.() ?? 0}-${hash}.sock`);
}

/** Answers commands. The caller holds the data directory's lock, so a socket that is there already is a dead one. */
export async function serveControl(path: string, operations: Operations): Promise<ControlServer> {
  await rm(path, { force: true });
  const server = createServer(async (incoming, outgoing) => {
    const answer = await perform(incoming, operations);
    outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
  } finally {
    process.umask(mask);
  }
  await chmod(path, 0o600);
  server.unref();
  return {
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Answer = { result: unknown } | { error: string };

async function perform(incoming: IncomingMessage, operations: Operations): Promise<Answer> {
  try {
    const name = (incoming.url ?? '/').slice(1);
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (operation === undefined)
      return { error: `The running server does not know "${name}"; it may be an older one.` };
    return { result: (await operation(JSON.parse(await text(incoming)) as never)) ?? null };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/**
 * Has a running server do something.
 * @throws Failure with what the server says against it
 */
export async function callControl(path: string, name: string, args: unknown): Promise<unknown> {
  const answer = await new Promise<Answer>((resolve, reject) => {
    const outgoing = request({ socketPath: path, path: `/${name}`, method: 'POST' }, (incoming) => {
      text(incoming).then((body) => resolve(JSON.parse(body) as Answer), reject);
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(args));
  });
  if ('error' in answer) throw new Failure(answer.error);
  return answer.result;
}
