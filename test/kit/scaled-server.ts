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
  const mail = new MemoryMail();
  const opened: OpenContext[] = [];
  const open = async (names: readonly UnitName[]): Promise<OpenContext> => {
    const log = createLogger({ level: process.env['TEST_LOG'] ?? 'silent', pretty: false, base: { units: names } });
    const units = names.map((name) => UNITS[name]);
    const ctx = await createContext({ config, log, databaseUrl, units, mail, ...ports });
    opened.push(ctx);
    return ctx;
  };
  const fronts = new Map<UnitName, Fetch[]>();
  for (const group of taskGroups(PLACEMENTS.scaled)) {
    for (let i = 0; i < group.count; i++) {
      const ctx = await open(group.units);
      const app = inProcess(buildApp(ctx, group.units), (error) => console.error(error));
      for (const unit of group.units) fronts.set(unit, [...(fronts.get(unit) ?? []), app]);
    }
  }
  for (const name of FRONT_UNITS) {
    if (UNITS[name].kind !== 'lambda') continue;
    const units = name === FALLBACK_UNIT ? FRONT_UNITS : [name];
    fronts.set(name, [asLambda(buildApp(await open(units), units))]);
  }
  const client = opened.at(
    -1 - FRONT_UNITS.filter((name) => UNITS[name].kind === 'lambda').indexOf('login'),
  ) as OpenContext;
  return {
    ctx: client,
    fetch: (rawUri, init) => {
      const unit = matchGatewayRoute(ROUTES, init?.method ?? 'GET', rawUri.replace(/\?.*/s, ''))?.unit ?? FALLBACK_UNIT;
      const instances = fronts.get(unit) as Fetch[];
      return (instances[Math.floor(Math.random() * instances.length)] as Fetch)(rawUri, init);
    },
    async close() {
      await Promise.all(opened.map((ctx) => ctx.close()));
      await redis.stop();
    },
  };
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
