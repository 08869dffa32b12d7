import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import type { ChildReady } from '../../../functions/parent.ts';
import type { ProcessPlan } from './processes.ts';

/** Settings of a {@link Child}. */
export interface ChildOptions {
  plan: ProcessPlan;
  env: Record<string, string>;
  /** Where its output goes. */
  logFile: string;
  /** It takes requests now, or does so no more. */
  onChange(): void;
  /** It has ended although nobody asked it to; it is started again. */
  onDeath(description: string): void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** After so long the next end is a new trouble, not the same again. */
const STEADY_MS = 10_000;
const STOP_MS = 8_000;

/** A process that is started again when it ends by itself, after a longer and longer pause. */
export class Child {
  readonly plan: ProcessPlan;
  readonly #options: ChildOptions;
  #process: ChildProcess | undefined;
  #urls: string[] = [];
  #startedAt = 0;
  #pause = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;
  #restarts = 0;

  constructor(options: ChildOptions) {
    this.plan = options.plan;
    this.#options = options;
  }

  /** Where it takes requests; empty while it doesn't. */
  get urls(): readonly string[] {
    return this.#urls;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** How often it was started again. */
  get restarts(): number {
    return this.#restarts;
  }

  start(): void {
    const { plan, env, logFile, onChange, onDeath } = this.#options;
    const log = openSync(logFile, 'a', 0o600);
    const child = spawn(process.execPath, ['--enable-source-maps', plan.entry], {
      env: { ...env, ...plan.env },
      stdio: ['ignore', log, log, 'ipc'],
      // A Ctrl-C in the terminal is for the supervisor, which ends the others in order.
      detached: true,
    });
    this.#process = child;
    this.#startedAt = Date.now();
    child.on('message', (message: ChildReady) => {
      if (message.type !== 'ready') return;
      this.#urls = message.urls;
      onChange();
    });
    child.once('error', () => {});
    child.once('exit', (code, signal) => {
      if (this.#process !== child) return;
      this.#process = undefined;
      this.#urls = [];
      onChange();
      if (this.#stopping) return;
      if (Date.now() - this.#startedAt > STEADY_MS) this.#pause = FIRST_PAUSE_MS;
      onDeath(`${plan.name} (pid ${child.pid}) ended with ${signal ?? `exit code ${code}`}; starting it again`);
      this.#restarts++;
      this.#timer = setTimeout(() => this.start(), this.#pause);
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
    });
  }

  /** Tells it something. */
  send(message: object): void {
    if (this.#process?.connected) this.#process.send(message, () => {});
  }

  /** Ends it for good: asked first, killed when it takes too long. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#process;
    if (!child) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    // One that is stopped by a signal would never notice.
    child.kill('SIGCONT');
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await gone;
    clearTimeout(kill);
  }
}
