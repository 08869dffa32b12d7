import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { UNITS } from '../../functions/units.ts';
import { proxyTrust } from '../api/http/adapters/client-address.ts';
import { balanceKey } from '../routing/balance.ts';
import { ENDPOINT_TABLE } from '../routing/endpoint-table.ts';
import { matchGatewayRoute } from '../routing/gateway-match.ts';
import { compileGatewayRoutes } from '../routing/gateway-routes.ts';
import { resolve } from '../routing/resolve.ts';
import { FALLBACK_UNIT } from '../routing/unit-names.ts';
import { answerError } from './gateway-error.ts';
import { LambdaInvoker } from './invoke-lambda.ts';
import { HEADER_BYTES } from './limits.ts';
import { TaskProxy } from './proxy-task.ts';
import { Targets } from './targets.ts';

/** Where the gateway listens. */
export interface GatewayListener {
  host: string;
  /** 0 takes a free port. */
  port: number;
  tls?: { cert: string | Buffer; key: string | Buffer };
}

/** Settings of {@link openGateway}. */
export interface GatewayOptions {
  listeners: GatewayListener[];
  serverName: string;
  /** Whose `X-Forwarded-For` is believed. */
  trustedProxies: readonly string[];
  onError(error: unknown): void;
}

/** A gateway that listens. */
export interface Gateway {
  urls: string[];
  targets: Targets;
  /** Takes nothing new; answers what is under way, for `graceMs` at the most. */
  close(graceMs?: number): Promise<void>;
}

const ROUTES = compileGatewayRoutes(ENDPOINT_TABLE);
const GRACE_MS = 5_000;

/**
 * Stands where API Gateway stands in a deployment: the same compiled routes bring each request to its unit, to Lambda
 * units as events and to tasks as they came.
 * @throws Error when an address is taken
 */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const targets = new Targets();
  const lambdas = new LambdaInvoker(targets, options.serverName);
  const tasks = new TaskProxy(targets);
  const proxies = proxyTrust(options.trustedProxies);

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const rawUri = originForm(incoming.url ?? '/');
    const method = incoming.method ?? 'GET';
    const unit = matchGatewayRoute(ROUTES, method, rawUri)?.unit ?? FALLBACK_UNIT;
    const forwardedFor = incoming.headers['x-forwarded-for'];
    const ip = proxies.clientOf(
      incoming.socket.remoteAddress,
      Array.isArray(forwardedFor) ? forwardedFor.join(',') : forwardedFor,
    );
    const key = keyOf(method, rawUri, incoming, ip);
    const request = { incoming, outgoing, unit, rawUri, ip, requestId: randomUUID(), key };
    await (UNITS[unit].kind === 'lambda' ? lambdas : tasks).serve(request);
  }

  const servers: Server[] = [];
  const urls: string[] = [];
  for (const { host, port, tls } of options.listeners) {
    const listener = (incoming: IncomingMessage, outgoing: ServerResponse) => {
      serve(incoming, outgoing).catch((error) => {
        // A client that goes away while it sends is nobody's mistake.
        if (!incoming.destroyed) options.onError(error);
        answerError(outgoing, 'broken');
      });
    };
    const settings = { maxHeaderSize: HEADER_BYTES, keepAliveTimeout: 72_000, requestTimeout: 30 * 60_000 };
    const server = tls ? createTlsServer({ ...settings, ...tls }, listener) : createServer(settings, listener);
    await new Promise<void>((done, failed) => {
      server.once('error', failed);
      server.listen(port, host, () => done());
    });
    servers.push(server);
    const shown = host.includes(':') ? `[${host}]` : host;
    urls.push(`${tls ? 'https' : 'http'}://${shown}:${(server.address() as AddressInfo).port}`);
  }
  return {
    urls,
    targets,
    async close(graceMs = GRACE_MS) {
      await Promise.all(servers.map((server) => closeServer(server, graceMs)));
      tasks.close();
      await lambdas.close();
    },
  };
}

/** Proxies may send the absolute form of a request target. */
function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  return target.replace(/^https?:\/\/[^/?]*/i, '').replace(/^(?!\/)/, '/');
}

/** What is worth keeping together; equal tokens stand for equal users. */
function keyOf(method: string, rawUri: string, incoming: IncomingMessage, ip: string): string | undefined {
  try {
    const found = resolve(method, rawUri);
    if (!found) return undefined;
    const { authorization } = incoming.headers;
    const token = authorization ?? new URLSearchParams(rawUri.split('?')[1] ?? '').get('access_token') ?? undefined;
    const user = token && createHash('sha256').update(token).digest('base64');
    return balanceKey(found.endpoint, { params: found.params, user, ip });
  } catch {
    return undefined;
  }
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
