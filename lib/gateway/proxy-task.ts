import { Agent, type ClientRequest, type IncomingMessage, request as sendRequest } from 'node:http';
import { pipeline } from 'node:stream';
import { answerError } from './gateway-error.ts';
import type { GatewayRequest } from './invoke-lambda.ts';
import type { Targets } from './targets.ts';

/** Longest wait for an instance where none is there. */
const ABSENT_MS = 10_000;
const RETRY_MS = 100;

/** Headers that belong to one connection. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade']);

/** Hands requests on to tasks as they came: the same raw URI, bodies streamed both ways, the client's leaving passed on. */
export class TaskProxy {
  readonly #targets: Targets;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, maxFreeSockets: 256 });

  constructor(targets: Targets) {
    this.#targets = targets;
  }

  async serve(request: GatewayRequest): Promise<void> {
    const { outgoing, unit, key } = request;
    const deadline = performance.now() + ABSENT_MS;
    while (!outgoing.destroyed) {
      const target = this.#targets.pick(unit, key);
      if (target && (await this.#hand(request, target))) return;
      if (performance.now() > deadline) return answerError(outgoing, 'absent');
      if (target) this.#targets.suspect(target);
      await this.#targets.change(RETRY_MS);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Resolves with false when the request can be tried at another instance: it has not been taken here. */
  #hand({ incoming, outgoing, rawUri, ip, requestId }: GatewayRequest, target: string): Promise<boolean> {
    const hasBody =
      incoming.headers['content-length'] !== undefined || incoming.headers['transfer-encoding'] !== undefined;
    return new Promise((resolve) => {
      const { hostname, port } = new URL(target);
      const upstream = sendRequest({
        agent: this.#agent,
        host: hostname,
        port,
        method: incoming.method ?? 'GET',
        path: rawUri,
        headers: forwarded(incoming, ip, requestId),
        setDefaultHeaders: false,
      });
      const leave = () => upstream.destroy();
      outgoing.once('close', leave);
      upstream.once('response', (response) => {
        outgoing.writeHead(response.statusCode ?? 502, response.statusMessage, ownHeaders(response));
        pipeline(response, outgoing, () => resolve(true));
      });
      upstream.once('error', (error: NodeJS.ErrnoException) => {
        outgoing.off('close', leave);
        const untouched = error.code === 'ECONNREFUSED' || (!hasBody && isSafe(incoming));
        if (!outgoing.headersSent && !outgoing.destroyed && untouched) return resolve(false);
        if (!outgoing.destroyed) answerError(outgoing, 'broken');
        resolve(true);
      });
      if (hasBody) sendBody(incoming, upstream);
      else upstream.end();
    });
  }
}

/** Only once a connection stands, so that the body can go to another instance when this one refuses. */
function sendBody(incoming: IncomingMessage, upstream: ClientRequest): void {
  const send = () => pipeline(incoming, upstream, () => {});
  upstream.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', send);
    else send();
  });
}

function isSafe(incoming: IncomingMessage): boolean {
  return incoming.method === 'GET' || incoming.method === 'HEAD' || incoming.method === 'OPTIONS';
}

function forwarded(incoming: IncomingMessage, ip: string, requestId: string): string[] {
  const scheme = 'encrypted' in incoming.socket ? 'https' : 'http';
  const own = ['x-forwarded-for', 'x-forwarded-proto', 'x-request-id'];
  const headers: string[] = [];
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    const name = (incoming.rawHeaders[i] as string).toLowerCase();
    if (!HOP_BY_HOP.has(name) && !own.includes(name)) headers.push(name, incoming.rawHeaders[i + 1] as string);
  }
  headers.push('x-forwarded-for', ip, 'x-forwarded-proto', scheme, 'x-request-id', requestId);
  return headers;
}

function ownHeaders(response: IncomingMessage): string[] {
  const headers: string[] = [];
  for (let i = 0; i < response.rawHeaders.length; i += 2) {
    const name = response.rawHeaders[i] as string;
    if (!HOP_BY_HOP.has(name.toLowerCase())) headers.push(name, response.rawHeaders[i + 1] as string);
  }
  return headers;
}
