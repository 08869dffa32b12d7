import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { EDGE_ROUTES, GATEWAY_ROUTES } from '../../infra/edge-routes.ts';
import { dev } from '../../infra/stages.ts';
import { ENDPOINT_TABLE } from '../../lib/routing/endpoint-table.ts';
import { matchGatewayRoute } from '../../lib/routing/gateway-match.ts';
import type { GatewayRoute } from '../../lib/routing/gateway-routes.ts';
import { resolve } from '../../lib/routing/resolve.ts';
import type { FrontUnit } from '../../lib/routing/unit-names.ts';
import { parameterCount, samplesOf } from '../routing/arbitraries.ts';
import { type Synthesized, synthesize } from './kit.ts';

const RUNS_PER_PARAMETER = 20;
const one = synthesize(dev);

/** Reads the routes back out of the template, as API Gateway will: resources by their parents, units by integrations. */
function routesOf({ of }: Synthesized): GatewayRoute[] {
  const resources = new Map(of('AWS::ApiGateway::Resource').map(({ id, resource }) => [id, resource.Properties]));
  const pathOf = (id: string | undefined): string => {
    const properties = id === undefined ? undefined : resources.get(id);
    return properties ? `${pathOf(properties.ParentId.Ref)}/${properties.PathPart}` : '';
  };
  return of('AWS::ApiGateway::Method').map(({ resource: { Properties } }) => ({
    method: Properties.HttpMethod,
    path: pathOf(Properties.ResourceId.Ref) || '/',
    unit: unitOf(Properties.Integration),
  }));
}

function unitOf(integration: { Uri: unknown; RequestParameters?: Record<string, string> }): FrontUnit {
  const header = integration.RequestParameters?.['integration.request.header.x-myelin-unit'];
  const name =
    header?.replaceAll("'", '') ?? /"([a-z]+)Function[0-9A-F]{8}"/.exec(JSON.stringify(integration.Uri))?.[1];
  return name as FrontUnit;
}

/** What the distribution does with a path: the first behaviour whose pattern meets it, or the gateway. */
function edgeUnit(path: string): FrontUnit | undefined {
  return EDGE_ROUTES.find(({ pattern }) =>
    pattern.endsWith('/*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern,
  )?.unit;
}

describe('routes of the deployed gateway', () => {
  const routes = routesOf(one);

  test('are the compiled ones', () => {
    const sorted = (list: readonly GatewayRoute[]) => list.map((one) => `${one.method} ${one.path} ${one.unit}`).sort();
    assert.deepEqual(sorted(routes), sorted(GATEWAY_ROUTES));
  });

  test('P2: place every endpoint, version and generated parameter as the tables do', () => {
    for (const endpoint of ENDPOINT_TABLE) {
      for (const template of endpoint.paths) {
        const numRuns = 1 + RUNS_PER_PARAMETER * parameterCount(template);
        fc.assert(
          fc.property(samplesOf(endpoint, template), ({ path }) => {
            const found = resolve(endpoint.method, path);
            assert.equal(matchGatewayRoute(routes, endpoint.method, path)?.unit, found?.unit, path);
            const direct = edgeUnit(path);
            if (direct !== undefined) assert.equal(direct, found?.unit, `${path} by the distribution`);
          }),
          { numRuns },
        );
      }
    }
  });

  test('polls and media go straight from the distribution to the balancer', () => {
    const direct = ENDPOINT_TABLE.filter(({ method, path }) => edgeUnit(path) && method).map(({ path }) => path);
    for (const path of [
      '/_matrix/client/v3/sync',
      '/_matrix/media/v3/upload',
      '/_matrix/client/v1/media/download/{serverName}/{mediaId}',
      '/_matrix/federation/v1/media/download/{mediaId}',
    ]) {
      assert.ok(direct.includes(path), path);
    }
    const behaviours = one.of('AWS::CloudFront::Distribution')[0]!.resource.Properties.DistributionConfig;
    const patterns = behaviours.CacheBehaviors.map((behaviour: { PathPattern: string }) => behaviour.PathPattern);
    assert.deepEqual(patterns.sort(), EDGE_ROUTES.map(({ pattern }) => pattern).sort());
    assert.ok(patterns.length <= 25, 'a distribution has at most 25 behaviours by default');
  });

  test('a state key that reads like a poll stays with its own unit', () => {
    const path = '/_matrix/client/v3/rooms/!a:b/state/m.room.topic/sync';
    assert.equal(edgeUnit(path), undefined);
    assert.equal(matchGatewayRoute(routes, 'PUT', path)?.unit, 'client');
  });

  test('every integration waits no longer than it may, and streams where it says so', () => {
    for (const { id, resource } of one.of('AWS::ApiGateway::Method')) {
      const { Integration } = resource.Properties;
      const streams = Integration.ResponseTransferMode === 'STREAM';
      assert.ok(Integration.TimeoutInMillis <= (streams ? 900_000 : 29_000), id);
      if (Integration.Type !== 'AWS_PROXY') continue;
      assert.equal(JSON.stringify(Integration.Uri).includes('/response-streaming-invocations'), streams, id);
    }
  });

  test('task units are reached by the link into the network, with the unit named', () => {
    const proxies = one
      .of('AWS::ApiGateway::Method')
      .filter(({ resource }) => resource.Properties.Integration.Type === 'HTTP_PROXY');
    assert.ok(proxies.length > 10);
    for (const { id, resource } of proxies) {
      const { ConnectionType, IntegrationTarget, RequestParameters } = resource.Properties.Integration;
      assert.equal(ConnectionType, 'VPC_LINK', id);
      assert.ok(IntegrationTarget, id);
      for (const name of Object.keys(resource.Properties.RequestParameters ?? {})) {
        assert.equal(RequestParameters[name.replace('method.', 'integration.')], name, id);
      }
    }
  });
});
