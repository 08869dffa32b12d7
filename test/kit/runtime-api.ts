import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { readPrelude } from '../../lib/gateway/streaming-runtime.ts';

const CLIENT = fileURLToPath(new URL('./runtime-client.mjs', import.meta.url));
const API = '/2018-06-01/runtime';
/** Longest that Lambda lets a function take to start. */
const INIT_MS = 10_000;

/** What a function said to an event. */
export interface Invocation {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  /** Whether it came as a stream. */
  streamed: boolean;
}

/** A function ended badly: it threw, it did not answer in time, its process died, or it did not start. */
export class FunctionError extends Error {
  override name = 'FunctionError';
}

interface Pending {
  id: string;
  event: string;
  resolve(answer: Invocation): void;
  reject(error: Error): void;
}

/** Settings of a {@link Sandbox}. */
export interface SandboxOptions {
  /** Folder of the bundle. */
  code: string;
  env: Record<string, string>;
  /** After so long without an answer the process is killed, as Lambda does. */
  timeoutMs?: number;
}

/**
 * One execution environment of a function, as Lambda keeps it: a process around the bundle that asks this Runtime API for
 * events, stands still between them, and is killed when it is too slow. A new process follows a dead one.
 */
export class Sandbox {
  /** Milliseconds from the start of the process until it asked for its first event. */
  initMs = 0;
  /** Everything that the function wrote. */
  output = '';
  /** Processes so far. */
  starts = 0;
  readonly #options: SandboxOptions;
  readonly #server: Server;
  #child: ChildProcess | undefined;
  #waiting: ServerResponse | undefined;
  #current: Pending | undefined;
  #ready: (() => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  private constructor(options: SandboxOptions) {
    this.#options = options;
    this.#server = createServer({ requestTimeout: 0 }, (incoming, outgoing) => void this.#answer(incoming, outgoing));
  }

  static async open(options: SandboxOptions): Promise<Sandbox> {
    const sandbox = new Sandbox(options);
    await new Promise<void>((resolve) => sandbox.#server.listen(0, '127.0.0.1', resolve));
    return sandbox;
  }

  /**
   * Starts a process (a cold start) and waits until it asks for an event.
   * @throws FunctionError when the bundle cannot be loaded, or not in time
   */
  async start(): Promise<void> {
    const { port } = this.#server.address() as AddressInfo;
    const { code, env } = this.#options;
    const started = performance.now();
    this.starts += 1;
    const child = spawn(process.execPath, [CLIENT], {
      cwd: code,
      env: { ...env, LAMBDA_TASK_ROOT: code, _HANDLER: 'index.handler', AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (this.output += chunk));
    child.once('exit', (exitCode, signal) => this.#gone(child, `the process ended (${exitCode ?? signal})`));
    const timer = setTimeout(() => child.kill('SIGKILL'), INIT_MS);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#ready = resolve;
        this.#failed = reject;
      });
    } finally {
      clearTimeout(timer);
      this.#failed = undefined;
    }
    this.initMs = performance.now() - started;
    this.#freeze();
  }

  /**
   * Gives the function an event. Where no process is alive one is started first; a process that stood still goes on.
   * @throws FunctionError
   */
  async invoke(event: unknown): Promise<Invocation> {
    if (!this.#child) await this.start();
    const child = this.#child!;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Invocation>((resolve, reject) => {
        this.#current = { id: randomUUID(), event: JSON.stringify(event), resolve, reject };
        timer = setTimeout(() => {
          reject(new FunctionError('Task timed out'));
          child.kill('SIGKILL');
        }, this.#options.timeoutMs ?? 29_000);
        child.kill('SIGCONT');
        this.#handOut();
      });
    } finally {
      clearTimeout(timer);
      this.#current = undefined;
      // The answer is there; the function asks for the next event, and then stands still.
      if (this.#child && !this.#waiting) await new Promise<void>((resolve) => (this.#ready = resolve));
      this.#freeze();
    }
  }

  /** Milliseconds that the process has had of a processor, which says more than time does on a machine that is busy (Linux). */
  processorMs(): number {
    const stat = readFileSync(`/proc/${this.#child?.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  /** Ends the process, as Lambda does with an environment that it no longer needs. */
  async close(): Promise<void> {
    this.#child?.kill('SIGKILL');
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  #gone(child: ChildProcess, reason: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#waiting = undefined;
    const error = new FunctionError(`${reason}: ${this.output.slice(-2_000)}`);
    this.#failed?.(error);
    this.#current?.reject(error);
    this.#ready?.();
  }

  #handOut(): void {
    const [waiting, pending] = [this.#waiting, this.#current];
    if (!waiting || !pending) return;
    this.#waiting = undefined;
    waiting
      .writeHead(200, {
        'lambda-runtime-aws-request-id': pending.id,
        'lambda-runtime-deadline-ms': String(Date.now() + (this.#options.timeoutMs ?? 29_000)),
        'content-type': 'application/json',
      })
      .end(pending.event);
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const path = (incoming.url ?? '').slice(API.length);
    if (path === '/invocation/next') {
      this.#waiting = outgoing;
      this.#ready?.();
      this.#handOut();
      return;
    }
    const pending = this.#current;
    if (path === '/init/error') this.#failed?.(new FunctionError((await buffer(incoming)).toString()));
    else if (!pending || !path.startsWith(`/invocation/${pending.id}/`)) incoming.resume();
    else if (path.endsWith('/error')) pending.reject(new FunctionError((await buffer(incoming)).toString()));
    else pending.resolve(await readAnswer(incoming));
    outgoing.writeHead(202).end();
  }
}

async function readAnswer(incoming: IncomingMessage): Promise<Invocation> {
  if (incoming.headers['lambda-runtime-function-response-mode'] === 'streaming') {
    const { prelude, body } = await readPrelude(incoming);
    return {
      status: prelude.statusCode,
      headers: { ...prelude.headers } as Record<string, string>,
      body: await buffer(Readable.from(body)),
      streamed: true,
    };
  }
  const result = JSON.parse((await buffer(incoming)).toString()) ?? {};
  // A function that is called by a schedule says nothing.
  const { statusCode = 200, headers, multiValueHeaders, body, isBase64Encoded } = result;
  const lasts = Object.entries((multiValueHeaders ?? {}) as Record<string, string[]>).map(([name, all]) => [
    name,
    all.at(-1),
  ]);
  return {
    status: statusCode,
    headers: { ...Object.fromEntries(lasts), ...headers },
    body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
    streamed: false,
  };
}
