import { readFileSync } from 'node:fs';
import { type NodeServer, type NodeServerOptions, serveNode } from '../lib/api/http/adapters/node-server.ts';
import type { HttpApp } from '../lib/api/http/adapters/request-meta.ts';
import { buildApp } from '../lib/api/http/app.ts';
import type { Config } from '../lib/config/config.ts';
import { type ContextOptions, createContext, type OpenContext } from '../lib/domain/create-context.ts';
import { flushTracing, startTracing } from '../lib/observability/tracing.ts';
import type { UnitName } from '../lib/routing/unit-names.ts';
import { UNITS } from './units.ts';

/** Units in this process, not listening yet. */
export interface OpenUnits {
  app: HttpApp;
  ctx: OpenContext;
}

/** Units in this process that answer requests. */
export interface ServedUnits extends OpenUnits {
  /** Where they listen. */
  urls: string[];
  /** Lets requests under way finish, then closes everything. */
  close(): Promise<void>;
}

/**
 * Makes a context and an application for some units. The schema must be up to date. With all units at once it is alone;
 * with some it is one of several processes.
 * @param roles units whose work is done here, where those whose endpoints are answered are more
 */
export async function openUnits(
  units: readonly UnitName[],
  options: ContextOptions,
  roles: readonly UnitName[] = units,
): Promise<OpenUnits> {
  await startTracing(options.config.tracing, options.config.serverName, roles.length > 4 ? 'all' : roles.join('-'));
  const all = Object.keys(UNITS).every((name) => roles.includes(name as UnitName));
  const ctx = await createContext(all ? options : { ...options, units: roles.map((name) => UNITS[name]) });
  return { ctx, app: buildApp(ctx, units) };
}

/**
 * Opens units and listens as `listen` and `tls` say.
 * @throws Error when a listener's address is taken (code EADDRINUSE); what was opened is closed again
 */
export async function serveUnits(units: readonly UnitName[], options: ContextOptions): Promise<ServedUnits> {
  const { config, log } = options;
  const { app, ctx } = await openUnits(units, options);
  const servers: NodeServer[] = [];
  const close = async () => {
    await ctx.handOver().catch((error) => log.warn({ err: error }, 'shards could not be handed over'));
    await Promise.all(servers.map((server) => server.close()));
    await ctx.close();
    await flushTracing();
  };
  try {
    for (const listener of listenersOf(config)) {
      servers.push(
        await serveNode(app, {
          ...listener,
          trustedProxies: config.listen.trustedProxies,
          ...(config.listen.edgeSecret === undefined ? {} : { edgeSecret: config.listen.edgeSecret }),
          onError: (error, meta) => log.error({ err: error, requestId: meta?.requestId }, 'a request broke off'),
        }),
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { app, ctx, urls: servers.map((server) => server.url), close };
}

function listenersOf({ listen, tls }: Config): NodeServerOptions[] {
  const plain = { host: listen.host, port: listen.httpPort };
  if (listen.httpsPort === undefined || !tls.certFile || !tls.keyFile) return [plain];
  const pair = { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) };
  return [plain, { host: listen.host, port: listen.httpsPort, tls: pair }];
}
