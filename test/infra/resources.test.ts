import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { taskGroups } from '../../functions/placements.ts';
import { UNITS, unitNamesOf } from '../../functions/units.ts';
import { alarmMetricCount, secretCount } from '../../infra/costs/estimate.ts';
import { dev, placementOf, prod, type Stage, staging } from '../../infra/stages.ts';
import { keysByEnvironment } from '../../lib/config/keys.ts';
import { type Resource, type Synthesized, synthesize } from './kit.ts';

const withDomain: Stage = {
  ...prod,
  name: 'domain',
  nat: 'gateway',
  serverName: 'example.org',
  domain: { name: 'matrix.example.org', hostedZone: { id: 'Z1', name: 'example.org' } },
  alarmEmail: 'ops@example.org',
  budgetUsd: 400,
};
const sleeping: Stage = { ...dev, name: 'sleeping', sleep: { from: 22, to: 6 } };
const shapes = [dev, staging, prod, withDomain, sleeping].map((stage) => ({ stage, made: synthesize(stage) }));

/** Every statement of every policy document in a template. */
function statements(made: Synthesized): { id: string; actions: string[]; resources: unknown; principal: unknown }[] {
  const found: ReturnType<typeof statements> = [];
  const visit = (id: string, value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) visit(id, one);
    else if (value && typeof value === 'object') {
      const { Action, Effect, Resource, Principal } = value as Record<string, unknown>;
      if (Action && Effect === 'Allow')
        found.push({ id, actions: [Action].flat() as string[], resources: Resource, principal: Principal });
      for (const one of Object.values(value)) visit(id, one);
    }
  };
  for (const { id, resource } of made.resources) visit(id, resource.Properties);
  return found;
}

function forEachShape(name: string, check: (made: Synthesized, stage: Stage) => void): void {
  test(name, async (t) => {
    for (const { stage, made } of shapes) await t.test(stage.name, () => check(made, stage));
  });
}

const properties = (made: Synthesized, type: string) => made.of(type).map(({ resource }) => resource.Properties);

describe('resources of every shape', () => {
  forEachShape('no policy allows an action by wildcard', (made) => {
    const wild = statements(made).filter(({ actions }) =>
      actions.some((action) => action === '*' || action.endsWith(':*')),
    );
    assert.deepEqual(wild, []);
    const broad = statements(made).filter(({ actions }) =>
      actions.some(
        (action) => /\*/.test(action) && !/^s3:(GetObject|GetBucket|List|DeleteObject|Abort)\*$/.test(action),
      ),
    );
    assert.deepEqual(broad, []);
  });

  forEachShape('no store of data is public', (made) => {
    for (const bucket of properties(made, 'AWS::S3::Bucket')) {
      assert.deepEqual(Object.values(bucket.PublicAccessBlockConfiguration), [true, true, true, true]);
      assert.ok(bucket.BucketEncryption);
    }
    for (const database of properties(made, 'AWS::RDS::DBInstance')) {
      assert.equal(database.PubliclyAccessible, false);
      assert.equal(database.StorageEncrypted, true);
      assert.equal(database.EnableIAMDatabaseAuthentication, true);
    }
    for (const parameters of properties(made, 'AWS::RDS::DBParameterGroup'))
      assert.equal(parameters.Parameters['rds.force_ssl'], '1');
    for (const cache of properties(made, 'AWS::ElastiCache::ReplicationGroup')) {
      assert.equal(cache.TransitEncryptionEnabled, true);
      assert.ok(cache.AuthToken);
    }
    for (const balancer of properties(made, 'AWS::ElasticLoadBalancingV2::LoadBalancer'))
      assert.equal(balancer.Scheme, 'internal');
    const open = [
      ...properties(made, 'AWS::EC2::SecurityGroup').flatMap((group) => group.SecurityGroupIngress ?? []),
      ...properties(made, 'AWS::EC2::SecurityGroupIngress'),
    ].filter((rule) => rule.CidrIp === '0.0.0.0/0' || rule.CidrIpv6 === '::/0');
    assert.deepEqual(open, []);
    const everybody = statements(made).filter(
      ({ principal }) => principal === '*' || (principal as { AWS?: string })?.AWS === '*',
    );
    assert.deepEqual(everybody, []);
  });

  forEachShape('every queue has dead letters, or is the place for them', (made) => {
    const queues = made.of('AWS::SQS::Queue');
    assert.ok(queues.length >= 3);
    for (const { id, resource } of queues) {
      assert.ok(resource.Properties?.RedrivePolicy || /Dead|Missed|Undelivered/.test(id), id);
    }
  });

  forEachShape('every log group has a retention, and every function and task logs into one', (made) => {
    for (const group of properties(made, 'AWS::Logs::LogGroup')) assert.ok(group.RetentionInDays > 0);
    for (const { id, resource } of made.of('AWS::Lambda::Function'))
      assert.ok(resource.Properties.LoggingConfig?.LogGroup, id);
    for (const task of properties(made, 'AWS::ECS::TaskDefinition')) {
      for (const container of task.ContainerDefinitions) assert.ok(container.LogConfiguration.Options['awslogs-group']);
    }
  });

  forEachShape('tasks are those of the placement, with their units and their size', (made, stage) => {
    const groups = taskGroups(placementOf(stage));
    const services = properties(made, 'AWS::ECS::Service');
    assert.equal(services.length, groups.length);
    const containers = properties(made, 'AWS::ECS::TaskDefinition').flatMap((task) => task.ContainerDefinitions);
    const units = containers.map((one) => environmentOf(one)['UNITS']).filter((list) => list !== undefined);
    assert.deepEqual(units.sort(), groups.map((group) => group.units.join(',')).sort());
    for (const service of services) {
      assert.equal(service.DeploymentConfiguration.DeploymentCircuitBreaker.Rollback, true);
      assert.equal(service.DeploymentConfiguration.MinimumHealthyPercent, 100);
    }
    for (const container of containers) assert.equal(container.ReadonlyRootFilesystem, true);
    for (const task of properties(made, 'AWS::ECS::TaskDefinition'))
      assert.equal(task.RuntimePlatform.CpuArchitecture, 'ARM64');
  });

  forEachShape('writers of streams never run on spare capacity', (made) => {
    for (const service of properties(made, 'AWS::ECS::Service')) {
      assert.deepEqual(
        service.CapacityProviderStrategy.map((one: { CapacityProvider: string }) => one.CapacityProvider),
        ['FARGATE'],
      );
    }
  });

  forEachShape('functions are the Lambda units, on Node 24 and arm64, with what they declare', (made, stage) => {
    const functions = made.of('AWS::Lambda::Function').map(({ resource }) => resource.Properties);
    for (const fn of functions) {
      assert.equal(fn.Runtime, 'nodejs24.x');
      assert.deepEqual(fn.Architectures, ['arm64']);
    }
    for (const name of unitNamesOf('lambda')) {
      const fn = functions.find((one) => one.Description === UNITS[name].does);
      assert.equal(fn?.MemorySize, UNITS[name].memoryMiB, name);
      assert.equal(fn?.ReservedConcurrentExecutions, stage.lambdaConcurrency[name as 'client']);
      assert.equal(
        fn?.Environment.Variables.STREAM_RESPONSES,
        stage.streamResponses.includes(name as 'client') ? '1' : undefined,
      );
    }
  });

  forEachShape('whatever a unit is told is a configuration key, and no secret of tasks stands in the open', (made) => {
    const known =
      /^(SERVER_SECRET|EDGE_SECRET|CACHE_|DATABASE_|JOBS_QUEUE_URL$|METRICS_NAMESPACE$|NODE_OPTIONS$|STREAM_RESPONSES$|UNITS$)/;
    const all = [
      ...properties(made, 'AWS::Lambda::Function').map((fn) => fn.Environment?.Variables ?? {}),
      ...properties(made, 'AWS::ECS::TaskDefinition').flatMap((task) => task.ContainerDefinitions.map(environmentOf)),
    ].flatMap(Object.keys);
    for (const name of new Set(all)) assert.ok(keysByEnvironment.has(name) || known.test(name), name);
    for (const task of properties(made, 'AWS::ECS::TaskDefinition')) {
      for (const container of task.ContainerDefinitions) {
        assert.doesNotMatch(JSON.stringify(container.Environment ?? []), /resolve:secretsmanager/);
      }
    }
  });

  forEachShape('the schema job runs before services and Lambdas change', (made) => {
    const [job] = made.of('Custom::RunTask');
    assert.ok(job);
    for (const { id, resource } of made.of('AWS::ECS::Service')) {
      assert.ok([resource.DependsOn].flat().includes(job.id), `${id} waits for the job`);
    }
    const { stacks } = made;
    const functions = stacks.find((stack) => stack.stackName.endsWith('-functions'));
    assert.ok(functions?.dependencies.some((stack) => stack.stackName.endsWith('-tasks')));
  });

  forEachShape('everything that has tags says its stage', (made, stage) => {
    for (const { id, resource } of made.resources.filter(({ resource }) => Array.isArray(resource.Properties?.Tags))) {
      assert.ok(
        resource.Properties.Tags.some(
          (tag: { Key: string; Value: string }) => tag.Key === 'myelin:stage' && tag.Value === stage.name,
        ),
        id,
      );
    }
  });

  forEachShape('each alarm has a paragraph in the runbook', (made, stage) => {
    const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
    const alarms = properties(made, 'AWS::CloudWatch::Alarm');
    assert.ok(alarms.length >= 14);
    for (const { AlarmDescription, AlarmName } of alarms) {
      const anchor = /docs\/runbook\.md#([a-z-]+)$/.exec(AlarmDescription)?.[1];
      assert.match(runbook, new RegExp(`^### ${anchor}$`, 'm'), AlarmName);
    }
    const metrics = alarms.reduce(
      (sum, alarm) => sum + (alarm.Metrics?.filter((one: { MetricStat?: unknown }) => one.MetricStat).length ?? 1),
      0,
    );
    assert.equal(metrics, alarmMetricCount(stage), 'the estimate of costs counts them');
    assert.equal(made.of('AWS::SecretsManager::Secret').length, secretCount(stage));
  });

  forEachShape('templates keep below the limits of CloudFormation', (made) => {
    for (const [name, template] of Object.entries(made.templates)) {
      assert.ok(JSON.stringify(template).length < 1_000_000 / 2, `${name} is half as large as it may be`);
      assert.ok(Object.keys(template['Resources'] as object).length < 500, name);
      assert.ok(Object.keys((template['Outputs'] as object) ?? {}).length < 200, name);
    }
  });
});

describe('what single stages do', () => {
  const of = (name: string) => shapes.find(({ stage }) => stage.name === name)!.made;

  test('dev leaves nothing behind', () => {
    for (const { id, resource } of of('dev').resources) {
      assert.ok([undefined, 'Delete'].includes(resource.DeletionPolicy), `${id} stays as ${resource.DeletionPolicy}`);
    }
    const emptied = of('dev')
      .of('Custom::EmptyBucket')
      .map(({ resource }) => JSON.stringify(resource.Properties.Bucket));
    for (const { id } of of('dev').of('AWS::S3::Bucket'))
      assert.ok(
        emptied.some((bucket) => bucket.includes(id)),
        `${id} is emptied first`,
      );
    const [database] = properties(of('dev'), 'AWS::RDS::DBInstance');
    assert.equal(database.DeletionProtection, false);
    assert.equal(database.DeleteAutomatedBackups, true);
  });

  test('prod keeps its data whatever happens to the stacks', () => {
    const stateful = /^AWS::(S3::Bucket|RDS::DBInstance|SecretsManager::Secret)$/;
    const kept = of('prod').resources.filter(
      ({ stack, resource }) => stateful.test(resource.Type) && ['data', 'objects'].includes(stack),
    );
    for (const { id, resource } of kept.filter(({ id }) => !/Edge|Password/.test(id)))
      assert.match(resource.DeletionPolicy ?? '', /Retain|Snapshot/, id);
    assert.equal(of('prod').of('Custom::EmptyBucket').length, 0);
    for (const name of ['data', 'objects']) {
      assert.equal(
        of('prod').stacks.find((stack) => stack.stackName.endsWith(`-${name}`))?.terminationProtection,
        true,
      );
    }
  });

  test('without NAT tasks have public addresses and nothing lets anybody in', () => {
    for (const service of properties(of('dev'), 'AWS::ECS::Service')) {
      assert.equal(service.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp, 'ENABLED');
    }
    assert.equal(of('dev').of('AWS::EC2::NatGateway').length, 0);
    assert.equal(of('domain').of('AWS::EC2::NatGateway').length, 1);
    for (const service of properties(of('domain'), 'AWS::ECS::Service')) {
      assert.equal(service.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp, 'DISABLED');
    }
  });

  test('without a domain the name of the server is that of the distribution, and nothing is circular', () => {
    const client = of('dev')
      .of('AWS::Lambda::Function')
      .find(({ resource }) => resource.Properties.Description === UNITS.client.does)!;
    const { MYELIN_SERVER_NAME: name, MYELIN_PUBLIC_BASE_URL: url } = client.resource.Properties.Environment.Variables;
    assert.match(JSON.stringify(name), /myelin-dev-edge:.*Distribution.*DomainName/);
    assert.match(JSON.stringify(url), /https:\/\/.*Distribution/);
  });

  test('a domain has a certificate, records and its own server name', () => {
    const made = of('domain');
    assert.equal(made.of('AWS::CertificateManager::Certificate').length, 1);
    assert.equal(made.of('AWS::Route53::RecordSet').length, 2);
    const [distribution] = properties(made, 'AWS::CloudFront::Distribution');
    assert.deepEqual(distribution.DistributionConfig.Aliases, ['matrix.example.org']);
    const environment = properties(made, 'AWS::Lambda::Function').map(
      (fn) => fn.Environment?.Variables.MYELIN_SERVER_NAME,
    );
    assert.ok(environment.includes('example.org'));
    assert.equal(made.of('AWS::Budgets::Budget').length, 1);
    assert.equal(made.of('AWS::SNS::Subscription').length, 1);
  });

  test('the edge proves itself to gateway and balancer alike', () => {
    const { Origins, DefaultCacheBehavior, CacheBehaviors } = properties(of('dev'), 'AWS::CloudFront::Distribution')[0]
      .DistributionConfig;
    for (const origin of Origins) {
      const headers = origin.OriginCustomHeaders.map((header: { HeaderName: string }) => header.HeaderName);
      assert.ok(headers.includes('x-myelin-edge-secret'));
    }
    for (const behaviour of [DefaultCacheBehavior, ...CacheBehaviors]) {
      assert.equal(behaviour.FunctionAssociations[0].EventType, 'viewer-request');
      assert.equal(behaviour.ViewerProtocolPolicy, 'https-only');
    }
  });

  test('a stage that sleeps stops and starts by schedule, the database around the tasks', () => {
    const schedules = properties(of('sleeping'), 'AWS::Scheduler::Schedule').map((one) => one.ScheduleExpression);
    assert.ok(schedules.includes('rate(1 minute)'));
    assert.equal(schedules.filter((expression) => expression.startsWith('cron(')).length, 4);
  });

  test('outputs are commands, addresses and the price', () => {
    const outputs = of('dev').templates['observability']!['Outputs'] as Record<
      string,
      { Value: unknown; Description: string }
    >;
    for (const name of [
      'BaseUrl',
      'DnsRecords',
      'AddAdmin',
      'Dashboard',
      'TailTasks',
      'MediaBucket',
      'MonthlyCost',
      'SigningKey',
    ]) {
      assert.ok(outputs[name]?.Description, name);
    }
    assert.match(JSON.stringify(outputs['MonthlyCost']?.Value), /\$\d+\.\d\d idle/);
  });
});

function environmentOf(container: Resource['Properties']): Record<string, string> {
  return Object.fromEntries(
    (container.Environment ?? []).map(({ Name, Value }: { Name: string; Value: string }) => [Name, Value]),
  );
}
