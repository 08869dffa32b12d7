import { PLACEMENTS, taskGroups } from '../../functions/placements.ts';
import { UNITS } from '../../functions/units.ts';
import { inProcess } from '../../lib/api/http/adapters/in-process.ts';
import { lambdaHandler } from '../../lib/api/http/adapters/lambda.ts';
import { fromLambdaResult, toRestEvent } from '../../lib/api/http/adapters/rest-event.ts';
import { buildApp } from '../../lib/api/http/app.ts';
import type { Config } from '../../lib/config/config.ts';
import { createContext, type OpenContext } from '../../lib/domain/create-context.ts';
import { createLogger } from '../../lib/observability/logger.ts';
import { MemoryMail } from '../../lib/platform/adapters/memory-mail.ts';
import type { OutboundHttp } from '../../lib/platform/outbound-http.ts';
import { ENDPOINT_TABLE } from '../../lib/routing/endpoint-table.ts';
import { matchGatewayRoute } from '../../lib/routing/gateway-match.ts';
import { compileGatewayRoutes } from '../../lib/routing/gateway-routes.ts';
import { FALLBACK_UNIT, FRONT_UNITS, type UnitName } from '../../lib/routing/unit-names.ts';
import { cuttableRedis } from './redis.ts';
import type { OpenServer } from './server.ts';

const ROUTES = compileGatewayRoutes(ENDPOINT_TABLE);

type Fetch = ReturnType<typeof inProcess>;

/**
 * The scaled placement within one test process: every instance has a context of its own, and they talk by HTTP
 * replication and a real Redis. Requests go by the compiled routes, to Lambda units as events.
 */
export async function openScaled(
  given: Config,
  databaseUrl: string,
  ports: { http?: OutboundHttp } = {},
): Promise<OpenServer> {
  const redis = await cuttableRedis();
  const config: Config = {
    ...given,
    redisUrl: redis.url,
    databasePoolSize: 3,
    replication: { ...given.replication, secret: 'of this test server' },
  };
  const mail = config.email.smtpHost ? {} : { mail: new MemoryMail() };
  const opened: OpenContext[] = [];
  const open = async (names: readonly UnitName[]): Promise<OpenContext> => {
    const log = createLogger({ level: process.env['TEST_LOG'] ?? 'silent', pretty: false, base: { units: names } });
    const units = names.map((name) => UNITS[name]);
    const ctx = await createContext({ config, log, databaseUrl, units, ...mail, ...ports });
    opened.push(ctx);
    return ctx;
  };
  const fronts = new Map<UnitName, Fetch[]>();
  const add = (unit: UnitName, fetch: Fetch) => fronts.set(unit, [...(fronts.get(unit) ?? []), fetch]);
  const tasks = taskGroups(PLACEMENTS.scaled)
    .flatMap((group) => Array.from({ length: group.count }, () => group.units))
    .map(async (units) => {
      const app = inProcess(buildApp(await open(units), units), (error) => console.error(error));
      for (const unit of units) add(unit, app);
    });
  const lambdas = FRONT_UNITS.filter((name) => UNITS[name].kind === 'lambda').map(async (name) => {
    const units = name === FALLBACK_UNIT ? FRONT_UNITS : [name];
    // The fallback answers for the others, but does the work of none.
    const ctx = await open([name]);
    add(name, asLambda(buildApp(ctx, units)));
    return { name, ctx };
  });
  await Promise.all(tasks);
  const client = (await Promise.all(lambdas)).find(({ name }) => name === FALLBACK_UNIT)?.ctx as OpenContext;
  shareSettings(client, opened);
  const toDevice = opened.map((ctx) => ctx.writers.toDevice);
  shareSettings(client.writers.toDevice, toDevice);
  return {
    ctx: client,
    contexts: opened,
    fetch: (rawUri, init) => {
      const unit = matchGatewayRoute(ROUTES, init?.method ?? 'GET', rawUri.replace(/\?.*/s, ''))?.unit ?? FALLBACK_UNIT;
      const instances = fronts.get(unit) as Fetch[];
      // A test that looks at what an instance keeps asks the same one again; the others get any.
      const which = config.syncResponseCacheMs > 0 ? 0 : Math.floor(Math.random() * instances.length);
      return (instances[which] as Fetch)(rawUri, init);
    },
    async close() {
      await Promise.all(opened.map((ctx) => ctx.close()));
      await redis.stop();
    },
  };
}

/** What tests set in a server's context (another clock, another store, a spy in a writer), every instance has. */
function shareSettings<T extends object>(one: T, all: readonly T[]): void {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(one))) {
    // Each has its own; those that are made when they are first needed have no value yet.
    if (value === undefined || name === 'writers') continue;
    let current: unknown = value;
    Object.defineProperty(one, name, {
      get: () => current,
      set(next: unknown) {
        current = next;
        for (const other of all) if (other !== one) Reflect.set(other, name, next);
      },
      enumerable: true,
      configurable: true,
    });
  }
}

function asLambda(app: ReturnType<typeof buildApp>): Fetch {
  const handler = lambdaHandler(app, { onError: (error) => console.error(error) });
  return async (rawUri, init = {}) => {
    const { ip = '127.0.0.1', requestId = 'test', ...rest } = init;
    const request = new Request('http://localhost/', {
      ...rest,
      ...(rest.body instanceof ReadableStream ? { duplex: 'half' as const } : {}),
    });
    const body = request.body ? new Uint8Array(await request.arrayBuffer()) : undefined;
    const wire = { method: request.method, rawUri, headers: [...request.headers], body, ip, requestId };
    const event = toRestEvent(wire, { stage: 'prod', domainName: 'localhost' });
    return fromLambdaResult(await handler(JSON.parse(JSON.stringify(event))));
  };
}
