import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const CLIENT = fileURLToPath(new URL('./runtime-client.ts', import.meta.url));

/** What became of an invocation. */
export type Outcome =
  | { payload: Buffer; streamed: boolean; ms: number }
  | { error: { errorType: string; errorMessage: string }; ms: number };

interface Invocation {
  id: string;
  event: unknown;
  deadline: number;
  settle(
    outcome: { payload: Buffer; streamed: boolean } | { error: { errorType: string; errorMessage: string } },
  ): void;
}

/** Settings of a {@link LambdaFunction}. */
interface LambdaSettings {
  /** Folder of the bundle. */
  folder: string;
  env: Record<string, string>;
  timeoutMs?: number;
}

/**
 * A Lambda function of one environment at a time, as the service runs it: a process from the bundle, with nothing but its
 * variables, asks a Runtime API for work. One that takes too long or ends is replaced at the next invocation.
 */
export class LambdaFunction {
  readonly #settings: LambdaSettings;
  #environment: Environment | undefined;
  /** Starts so far, in milliseconds from the process to its first question for work. */
  readonly initMs: number[] = [];

  constructor(settings: LambdaSettings) {
    this.#settings = settings;
  }

  /** Starts an environment, if none is there. */
  async start(): Promise<void> {
    if (this.#environment?.alive) return;
    this.#environment = await Environment.start(this.#settings);
    this.initMs.push(this.#environment.initMs);
  }

  async invoke(event: unknown): Promise<Outcome> {
    await this.start();
    const started = performance.now();
    const outcome = await this.#environment!.invoke(event, this.#settings.timeoutMs ?? 20_000);
    return { ...outcome, ms: performance.now() - started };
  }

  /** Between invocations the service stops an environment's clock altogether. */
  freeze(): void {
    this.#environment?.signal('SIGSTOP');
  }

  thaw(): void {
    this.#environment?.signal('SIGCONT');
  }

  output(): string {
    return this.#environment?.output ?? '';
  }

  /** Milliseconds of a processor that the environment has had: on a busy machine they say more than time does. Linux only. */
  processorMs(): number {
    return this.#environment?.processorMs() ?? 0;
  }

  async stop(): Promise<void> {
    await this.#environment?.stop();
    this.#environment = undefined;
  }
}

class Environment {
  readonly initMs: number;
  output = '';
  alive = true;
  readonly #child: ChildProcess;
  #waiting: ServerResponse | undefined;
  #queued: Invocation | undefined;
  #running: Invocation | undefined;

  /** @throws Error with what the process wrote when it fails before it asks for work */
  static async start(settings: LambdaSettings): Promise<Environment> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Promise((resolve, reject) => {
      const environment: Environment = new Environment(server, settings, (error) =>
        error ? reject(error) : resolve(environment),
      );
    });
  }

  private constructor(server: Server, { folder, env }: LambdaSettings, ready: (error?: Error) => void) {
    const { port } = server.address() as AddressInfo;
    const started = performance.now();
    let initMs = 0;
    server.on('request', (incoming, outgoing) => {
      if (initMs === 0) {
        initMs = performance.now() - started;
        (this as { initMs: number }).initMs = initMs;
        queueMicrotask(() =>
          ready(incoming.url?.endsWith('/init/error') ? new Error(`init failed: ${this.output}`) : undefined),
        );
      }
      void this.#answer(incoming, outgoing);
    });
    this.initMs = initMs;
    const variables = {
      PATH: process.env['PATH'],
      HOME: '/tmp',
      LANG: 'en_US.UTF-8',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      AWS_LAMBDA_FUNCTION_NAME: 'test',
      LAMBDA_TASK_ROOT: folder,
      ...env,
    };
    this.#child = spawn(process.execPath, [CLIENT], { env: variables, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output = (this.output + chunk).slice(-50_000);
      });
    }
    this.#child.once('exit', (code, signal) => {
      this.alive = false;
      server.close();
      server.closeAllConnections();
      this.#settle({ error: { errorType: 'Runtime.ExitError', errorMessage: `exit ${code ?? signal}` } });
      ready(new Error(`the environment ended: ${this.output}`));
    });
  }

  invoke(
    event: unknown,
    timeoutMs: number,
  ): Promise<{ payload: Buffer; streamed: boolean } | { error: { errorType: string; errorMessage: string } }> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.alive = false;
        this.#settle({ error: { errorType: 'Sandbox.Timedout', errorMessage: `timed out after ${timeoutMs} ms` } });
        this.#child.kill('SIGKILL');
      }, timeoutMs);
      const settle = (outcome: Parameters<Invocation['settle']>[0]) => {
        clearTimeout(timer);
        resolve(outcome);
      };
      this.#queued = { id: randomUUID(), event, deadline: Date.now() + timeoutMs, settle };
      this.#hand();
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  processorMs(): number {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }

  #settle(outcome: Parameters<Invocation['settle']>[0]): void {
    const running = this.#running ?? this.#queued;
    this.#running = undefined;
    this.#queued = undefined;
    running?.settle(outcome);
  }

  #hand(): void {
    if (!this.#waiting || !this.#queued) return;
    const { id, deadline, event } = this.#queued;
    this.#running = this.#queued;
    this.#queued = undefined;
    this.#waiting.setHeader('lambda-runtime-aws-request-id', id);
    this.#waiting.setHeader('lambda-runtime-deadline-ms', String(deadline));
    this.#waiting.end(JSON.stringify(event));
    this.#waiting = undefined;
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = incoming.url ?? '';
    if (url.endsWith('/invocation/next')) {
      this.#waiting = outgoing;
      this.#hand();
      return;
    }
    const payload = await buffer(incoming).catch(() => undefined);
    outgoing.writeHead(202).end();
    if (!payload) return this.#settle({ error: { errorType: 'Runtime.TruncatedResponse', errorMessage: url } });
    if (url.endsWith('/error')) return this.#settle({ error: JSON.parse(payload.toString()) });
    this.#settle({ payload, streamed: incoming.headers['lambda-runtime-function-response-mode'] === 'streaming' });
  }
}
