import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Counter, MetricsBackend } from '../../observability/metrics.ts';
import { inSpan } from '../../observability/tracing.ts';
import { MatrixError } from '../../spec/errors.ts';
import { isUnavailable } from '../../storage/unavailable.ts';
import { type Answer, OUTCOME_HEADER, type Refusal, STATUS, type WireError } from './answer.ts';
import type { Delivery } from './delivery.ts';
import type { Membership } from './membership.ts';
import { NotMineError } from './not-mine.ts';
import { RememberedCommands, UsedNonces } from './remembered.ts';
import { type Envelope, fromHeaders, hashBody, isSigned, REPLICATION_PATH, TIME_WINDOW_MS } from './signature.ts';

/** Carries out a command; what it returns must survive JSON. */
export type CommandHandler = (body: unknown, delivery: Delivery) => Promise<unknown>;

/** Settings of {@link serveReplication}. */
export interface ReplicationServerOptions {
  /** Address to listen on; never a public one. */
  host: string;
  /** 0 takes a free one. */
  port: number;
  secret: string;
  membership: Membership;
  /** By `writer/command`. */
  commands: ReadonlyMap<string, CommandHandler>;
  metrics: MetricsBackend;
  onError?: (error: unknown, command: string) => void;
  /** More commands at a time are sent back: the caller waits. */
  mostAtOnce?: number;
}

/** A process's private listener. */
export interface ReplicationServer {
  port: number;
  /** Takes nothing new and answers what is under way. */
  close(): Promise<void>;
}

const MOST_BODY_BYTES = 32 * 1024 * 1024;
const MOST_AT_ONCE = 2_000;
const CLOSE_MS = 5_000;

/**
 * Takes commands of other processes (HTTP replication): `POST /_myelin/replication/{writer}/{command}`, signed.
 * @throws Error when the address is taken
 */
export async function serveReplication(options: ReplicationServerOptions): Promise<ReplicationServer> {
  const receiver = new Receiver(options);
  const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 60_000 }, (incoming, outgoing) => {
    void receiver.receive(incoming, outgoing);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve());
  });
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

class Receiver {
  readonly #options: ReplicationServerOptions;
  readonly #remembered = new RememberedCommands();
  readonly #nonces = new UsedNonces();
  readonly #refused: Counter;
  #atOnce = 0;

  constructor(options: ReplicationServerOptions) {
    this.#options = options;
    this.#refused = options.metrics.counter({
      name: 'myelin_replication_refused_total',
      help: 'Requests between processes that were refused, by reason',
      labels: ['reason'],
    });
  }

  async receive(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    this.#atOnce++;
    try {
      reply(outgoing, await this.#answer(incoming));
    } catch (error) {
      this.#options.onError?.(error, incoming.url ?? '');
      outgoing.destroy();
    } finally {
      this.#atOnce--;
    }
  }

  async #answer(incoming: IncomingMessage): Promise<Answer> {
    const { secret, membership, commands, mostAtOnce = MOST_AT_ONCE } = this.#options;
    const path = incoming.url ?? '/';
    const envelope = fromHeaders(incoming.method ?? '', path, incoming.headers);
    if (!envelope) return this.#refuse('malformed');
    if (!isSigned(envelope, incoming.headers, secret)) return this.#refuse('signature');
    const refusal = this.#staleness(envelope);
    if (refusal) return this.#refuse(refusal);
    // Whoever came so far is one of us, and worth reading on.
    const body = await readBody(incoming);
    if (body === undefined || hashBody(body) !== envelope.bodyHash) return this.#refuse('body');
    if (this.#atOnce > mostAtOnce || !membership.time.known) return { outcome: 'busy', body: null };
    const name = path.startsWith(REPLICATION_PATH) ? path.slice(REPLICATION_PATH.length) : '';
    const handler = commands.get(name);
    if (!handler) return { outcome: 'not-mine', body: null };
    const attributes = { 'rpc.system': 'myelin', 'rpc.method': name };
    return inSpan(name, { kind: 'server', attributes, from: incoming.headers }, () =>
      this.#remembered.get(envelope.command, () => this.#run(name, handler, body, envelope)),
    );
  }

  #staleness({ to, time, nonce }: Envelope): Refusal | undefined {
    const { membership } = this.#options;
    if (to !== membership.process) return 'recipient';
    if (!membership.time.known) return undefined;
    const now = membership.time.now();
    if (Math.abs(now - time) > TIME_WINDOW_MS) return 'time';
    return this.#nonces.take(nonce, time + TIME_WINDOW_MS, now) ? undefined : 'replay';
  }

  async #run(name: string, handler: CommandHandler, body: Buffer, envelope: Envelope): Promise<Answer> {
    const { membership } = this.#options;
    const delivery: Delivery = { id: envelope.command, repeated: envelope.repeated };
    const command: unknown = JSON.parse(body.toString());
    for (let attempt = 1; ; attempt++) {
      try {
        return { outcome: 'result', body: (await handler(command, delivery)) ?? null };
      } catch (error) {
        if (error instanceof NotMineError) {
          const { unit, shard } = error;
          const mine = attempt === 1 && shard !== undefined && (await this.#settle(unit, shard));
          if (mine) continue;
          return {
            outcome: 'not-mine',
            body: shard === undefined ? null : (membership.directory.ownerOf(unit, shard) ?? null),
          };
        }
        return this.#failure(name, error);
      }
    }
  }

  async #settle(unit: NotMineError['unit'], shard: number): Promise<boolean> {
    try {
      return await this.#options.membership.settle(unit, shard);
    } catch (error) {
      this.#options.onError?.(error, 'settle');
      return false;
    }
  }

  #failure(name: string, error: unknown): Answer {
    if (error instanceof MatrixError) {
      const { status, errcode, message, extra } = error;
      return { outcome: 'error', body: { status, errcode, message, extra } satisfies WireError };
    }
    this.#options.onError?.(error, name);
    const message = error instanceof Error ? error.message : String(error);
    return { outcome: isUnavailable(error) ? 'unavailable' : 'failed', body: { message } };
  }

  #refuse(reason: Refusal): Answer {
    this.#refused.inc({ reason });
    return { outcome: 'refused', body: { reason } };
  }
}

function reply(outgoing: ServerResponse, { outcome, body }: Answer): void {
  const text = JSON.stringify(body);
  const status = outcome === 'error' ? (body as WireError).status : STATUS[outcome];
  outgoing.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    [OUTCOME_HEADER]: outcome,
    // What was not read of a refused request must not be taken for the next one.
    ...(outcome === 'refused' ? { connection: 'close' } : {}),
  });
  outgoing.end(text);
}

/** The body; undefined when it is longer than any command. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += chunk.length;
    if (length > MOST_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
