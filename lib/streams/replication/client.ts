import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, errors } from 'undici';
import type { Histogram, MetricsBackend } from '../../observability/metrics.ts';
import { inSpan, traceHeaders } from '../../observability/tracing.ts';
import type { UnitName } from '../../routing/unit-names.ts';
import { MatrixError } from '../../spec/errors.ts';
import type { Queryable } from '../../storage/database.ts';
import { databaseTime } from '../../storage/streams/processes.ts';
import { type Answer, OUTCOME_HEADER, type Outcome, type WireError } from './answer.ts';
import type { DatabaseTime } from './database-time.ts';
import type { Directory } from './directory.ts';
import { hashBody, REPLICATION_PATH, toHeaders } from './signature.ts';

/** Where a command goes: the owner of a shard, or any process that runs the unit. */
export interface Route {
  unit: UnitName;
  shard?: number;
}

interface Target {
  process: string;
  address: string;
}

/** Settings of a {@link ReplicationClient}. */
export interface ReplicationClientOptions {
  db: Queryable;
  directory: Directory;
  time: DatabaseTime;
  secret: string;
  metrics: MetricsBackend;
  /** Longest time for a command with all its attempts, in milliseconds. */
  deadlineMs?: number;
}

/** An attempt that brought no answer. */
interface NoAnswer {
  outcome: 'unreachable';
  /** It may have arrived. */
  sent: boolean;
}

const DEADLINE_MS = 20_000;
/** After so long without an answer the caller looks whether the owner is still the owner. */
const LOOK_MS = 1_000;
const OLD_DIRECTORY_MS = 10_000;
const SHORTEST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 400;
const MOST_DETOURS = 3;

/**
 * Sends commands to other processes and gets them carried out once, come what may: the owner is looked up again when
 * it has moved or died, a command is repeated under its own id, and a busy owner is waited for.
 */
export class ReplicationClient {
  readonly #options: ReplicationClientOptions;
  readonly #agent = new Agent({
    connections: 64,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: 1_000 },
  });
  readonly #calls: Histogram;
  readonly #closing = new AbortController();

  constructor(options: ReplicationClientOptions) {
    this.#options = options;
    this.#calls = options.metrics.histogram({
      name: 'myelin_replication_call_duration_seconds',
      help: 'Time of a command to another process, with all its attempts',
      labels: ['command', 'outcome'],
    });
  }

  /**
   * Has a command carried out.
   * @param name `writer/command`
   * @param deadlineMs longest time with all attempts, when it is not the usual
   * @throws MatrixError the owner's, or 503 when nobody could be reached in time
   */
  async call(route: Route, name: string, command: unknown, deadlineMs?: number): Promise<unknown> {
    const started = performance.now();
    const deadline = started + (deadlineMs ?? this.#options.deadlineMs ?? DEADLINE_MS);
    const attributes = { 'rpc.system': 'myelin', 'rpc.method': name, 'myelin.unit': route.unit };
    const { outcome, body } = await inSpan(name, { kind: 'client', attributes }, () =>
      this.#deliver(route, name, JSON.stringify(command), deadline),
    );
    this.#calls.observe((performance.now() - started) / 1_000, { command: name, outcome });
    if (outcome === 'result') return body;
    if (outcome === 'error') {
      const { status, errcode, message, extra } = body as WireError;
      throw new MatrixError(status, errcode, message, extra);
    }
    if (outcome === 'failed' || outcome === 'refused') {
      const { message, reason } = body as { message?: string; reason?: string };
      throw new Error(`${name} was ${outcome} by the process that runs ${route.unit}: ${message ?? reason}`);
    }
    throw new MatrixError(503, 'M_UNKNOWN', 'A part of this server cannot be reached right now; try again.');
  }

  /** Whether anybody alive could take a command, as the database says now. */
  async canReach(route: Route): Promise<boolean> {
    return (await this.#find(route, true)) !== undefined;
  }

  /** Ends what is under way: it fails as if nobody could be reached. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#agent.destroy();
  }

  async #deliver(route: Route, name: string, text: string, deadline: number): Promise<Answer> {
    const id = randomBytes(15).toString('base64url');
    const bodyHash = hashBody(text);
    let repeated = false;
    let next: Target | undefined;
    let pauses = 0;
    let detours = 0;
    for (;;) {
      const target = next ?? (await this.#find(route, pauses > 0));
      next = undefined;
      let answer: Answer | NoAnswer = { outcome: 'unreachable', sent: false };
      if (target) answer = await this.#attempt(target, route, name, text, { bodyHash, id, repeated }, deadline);
      switch (answer.outcome) {
        case 'result':
        case 'error':
        case 'failed':
          return answer;
        case 'refused': {
          const { reason } = answer.body as { reason?: string };
          if (reason === 'time' && pauses < 3) await this.#learnTime();
          else if (reason === 'recipient' && target) this.#options.directory.suspect(target.process);
          else return answer;
          break;
        }
        case 'not-mine': {
          const owner = answer.body as Partial<Target> | null;
          if (owner?.process && owner.address && owner.process !== target?.process && detours++ < MOST_DETOURS) {
            next = { process: owner.process, address: owner.address };
            continue;
          }
          detours = 0;
          break;
        }
        case 'unavailable':
          repeated = true;
          break;
        case 'unreachable':
          if (target) this.#options.directory.suspect(target.process);
          repeated ||= (answer as NoAnswer).sent;
          break;
      }
      const pause = Math.min(SHORTEST_PAUSE_MS * 2 ** pauses++, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);
      const { signal } = this.#closing;
      if (signal.aborted || performance.now() + pause > deadline) return { outcome: 'unavailable', body: null };
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
  }

  /** Where the command goes now. `anew` after something went wrong: what is known may be out of date. */
  async #find({ unit, shard }: Route, anew: boolean): Promise<Target | undefined> {
    const { directory } = this.#options;
    const look = () => {
      // The shard of a dead owner is taken over by whoever is asked for it.
      const found = (shard === undefined ? undefined : directory.ownerOf(unit, shard)) ?? directory.anyOf(unit);
      return found?.address ? { process: found.process, address: found.address } : undefined;
    };
    const known = anew || directory.age > OLD_DIRECTORY_MS ? undefined : look();
    if (known) return known;
    try {
      await directory.refresh();
    } catch {
      // The database is away; so is everything else.
      return undefined;
    }
    return look();
  }

  async #attempt(
    target: Target,
    route: Route,
    name: string,
    text: string,
    { bodyHash, id, repeated }: { bodyHash: string; id: string; repeated: boolean },
    deadline: number,
  ): Promise<Answer | NoAnswer> {
    const { time, secret } = this.#options;
    const path = REPLICATION_PATH + name;
    const abandon = new AbortController();
    const watch = setInterval(() => void this.#abandonIfGone(target, route, deadline, abandon), LOOK_MS);
    try {
      if (!time.known) await this.#learnTime();
      const nonce = randomBytes(15).toString('base64url');
      const envelope = { method: 'POST', path, bodyHash, time: Math.round(time.now()), nonce, to: target.process };
      const response = await this.#agent.request({
        origin: target.address,
        path,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...toHeaders({ ...envelope, command: id, repeated }, secret),
          ...traceHeaders(),
        },
        body: text,
        signal: abandon.signal,
      });
      const outcome = response.headers[OUTCOME_HEADER] as Outcome | undefined;
      const body = await response.body.text();
      if (outcome === undefined) return { outcome: 'unreachable', sent: true };
      return { outcome, body: JSON.parse(body) };
    } catch (error) {
      return { outcome: 'unreachable', sent: mayHaveArrived(error) };
    } finally {
      clearInterval(watch);
    }
  }

  /** An owner may be alive to the network and yet hang, its lease over: it will never get the answer written. */
  async #abandonIfGone(target: Target, { unit, shard }: Route, deadline: number, abandon: AbortController) {
    const { directory } = this.#options;
    try {
      if (directory.age > LOOK_MS / 2) await directory.refresh();
      const owner = shard === undefined ? undefined : directory.ownerOf(unit, shard);
      const moved = owner !== undefined && owner.process !== target.process;
      if (moved || !directory.isAlive(target.process)) abandon.abort();
    } catch {
      // Nothing is known of anybody; the owner may be as good as before.
    }
    if (performance.now() > deadline) abandon.abort();
  }

  async #learnTime(): Promise<void> {
    const asked = performance.now();
    this.#options.time.learn(await databaseTime(this.#options.db), asked);
  }
}

const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);

function mayHaveArrived(error: unknown): boolean {
  if (error instanceof errors.ConnectTimeoutError) return false;
  const { code } = error as { code?: string };
  return !(code !== undefined && NEVER_SENT.has(code));
}
