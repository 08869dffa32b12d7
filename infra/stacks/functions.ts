import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { UNITS, unitNamesOf } from '../../functions/units.ts';
import type { UnitName } from '../../lib/routing/unit-names.ts';
import type { Artifacts } from '../artifacts.ts';
import { ApiShell } from '../constructs/api-shell.ts';
import { DATABASE } from '../constructs/database.ts';
import { LambdaUnit } from '../constructs/lambda-unit.ts';
import type { DeadLetters } from '../constructs/queue.ts';
import { RouteMap, type TaskTarget } from '../constructs/route-map.ts';
import { Watch } from '../constructs/watch.ts';
import { GATEWAY_ROUTES } from '../edge-routes.ts';
import { metricsNamespace } from '../metrics.ts';
import type { StackSettings } from '../stack-settings.ts';
import type { Stage } from '../stages.ts';
import { databaseUrl, unitEnvironment } from '../unit-environment.ts';
import type { DataStack } from './data.ts';
import { type EdgeStack, UNIT_HEADER } from './edge.ts';
import type { NetworkStack } from './network.ts';
import type { ObjectsStack } from './objects.ts';

interface FunctionsSettings extends StackSettings {
  artifacts: Artifacts;
  objects: ObjectsStack;
  /** Absent on a local AWS, where the stack has a gateway of its own. */
  cloud?: { network: NetworkStack; data: DataStack; edge: EdgeStack };
}

/** Where a bundle has the certificate authorities of RDS. */
const AUTHORITIES = '/var/task/rds-ca.pem';
/** Longest that a request may take: the gateway's wait for a buffered answer, and a streamed one. */
const BUFFERED = Duration.seconds(29);
const STREAMED = Duration.seconds(120);

/** The half of the compute that forgets: Lambda units, the gateway's routes to them and to the tasks. */
export class FunctionsStack extends Stack {
  readonly units: Readonly<Record<string, LambdaUnit>>;
  readonly watch: LambdaUnit | undefined;
  /** Looks that could not be made. */
  missed: DeadLetters | undefined;
  readonly routes: RouteMap;
  readonly api: { restApiId: string; rootResourceId: string };

  constructor(scope: Construct, id: string, settings: FunctionsSettings) {
    const { stage, artifacts, objects, cloud, ...props } = settings;
    super(scope, id, props);
    this.api = cloud?.edge.api ?? new ApiShell(this, 'Api', stage);
    const names = unitNamesOf('lambda');
    this.units = Object.fromEntries(names.map((name) => [name, this.#unit(name, settings)]));
    this.routes = new RouteMap(this, 'Routes', {
      stage,
      api: this.api,
      routes: GATEWAY_ROUTES,
      lambdas: this.units,
      tasks: taskTarget(stage, cloud?.edge),
      ...(cloud ? { accessLogArn: this.#accessLogs(stage).logGroupArn } : {}),
    });
    if (cloud?.edge.api.account) this.routes.node.addDependency(cloud.edge.api.account);
    this.watch = cloud ? this.#watch(settings, cloud) : undefined;
  }

  #unit(name: UnitName, settings: FunctionsSettings): LambdaUnit {
    const { stage, artifacts, cloud } = settings;
    const unit = UNITS[name];
    const streams = (stage.streamResponses as readonly string[]).includes(name);
    const made = new LambdaUnit(this, name, {
      stage,
      name,
      does: unit.does,
      code: artifacts.lambdas[name]!,
      memoryMiB: unit.memoryMiB,
      timeout: streams ? STREAMED : BUFFERED,
      concurrency: stage.lambdaConcurrency[name as keyof Stage['lambdaConcurrency']],
      environment: {
        ...this.#environment(settings),
        MYELIN_DATABASE_POOL_SIZE: String(unit.databasePool),
        ...(streams ? { STREAM_RESPONSES: '1' } : {}),
        ...(stage.traces ? { MYELIN_TRACING_EXPORTER: 'xray' } : {}),
      },
      ...(cloud ? { network: this.#network(name, cloud.network) } : {}),
    });
    if (cloud && unit.needs.includes('database')) cloud.data.database.grantConnect(made.role, DATABASE.lambda);
    if (unit.needs.includes('sqs')) settings.objects.jobs.queue.grantSendMessages(made.role);
    this.#maySecrets(made.role, settings);
    return made;
  }

  #network(name: string, { vpc, lambdaSubnets, firewall }: NetworkStack) {
    return { vpc, subnets: lambdaSubnets, securityGroup: firewall.lambdas[name]! };
  }

  #environment({ stage, objects, cloud }: FunctionsSettings): Record<string, string> {
    const { bucketName } = objects.media.bucket;
    const host = cloud?.edge.host ?? 'localhost';
    const common = unitEnvironment(stage, { host, mediaBucket: bucketName, jobsUrl: objects.jobs.queue.queueUrl });
    if (stage.local) {
      return {
        ...common,
        MYELIN_PUBLIC_BASE_URL: 'http://localhost:4566',
        MYELIN_DATABASE_URL: stage.local.databaseUrl,
        MYELIN_REDIS_URL: stage.local.redisUrl,
        ...this.#secrets(stage, objects),
      };
    }
    const { database, cache } = cloud!.data;
    return {
      ...common,
      ...(stage.nat === 'none' ? { MYELIN_OUTBOUND_HTTP_RELAY: 'true' } : {}),
      MYELIN_DATABASE_URL: databaseUrl(DATABASE.lambda, database.lambdaHost, DATABASE.name, AUTHORITIES),
      ...(cache
        ? { MYELIN_REDIS_URL: `rediss://:${cache.passwordSecret.secretValue.unsafeUnwrap()}@${cache.address}:6379` }
        : {}),
      ...this.#secrets(stage, objects),
    };
  }

  #secrets({ lambdaSecrets, local }: Stage, { serverSecret, edgeSecret }: ObjectsStack): Record<string, string> {
    return lambdaSecrets === 'endpoint' || local
      ? { SERVER_SECRET_ID: serverSecret.secretArn, EDGE_SECRET_ID: edgeSecret.secretArn }
      : {
          SERVER_SECRET: serverSecret.secretValue.unsafeUnwrap(),
          EDGE_SECRET: edgeSecret.secretValue.unsafeUnwrap(),
        };
  }

  #maySecrets(role: iam.IRole, { stage, objects }: FunctionsSettings): void {
    if (stage.lambdaSecrets !== 'endpoint' && !stage.local) return;
    for (const secret of [objects.serverSecret, objects.edgeSecret]) secret.grantRead(role);
  }

  #accessLogs(stage: Stage): logs.LogGroup {
    return new logs.LogGroup(this, 'AccessLogs', {
      retention: stage.logDays as number as logs.RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  #watch(settings: FunctionsSettings, cloud: NonNullable<FunctionsSettings['cloud']>): LambdaUnit {
    const { stage, artifacts } = settings;
    const { database } = cloud.data;
    const unit = new LambdaUnit(this, 'watch', {
      stage,
      name: 'watch',
      does: 'Looks each minute whether every unit is alive and how far behind it is',
      code: artifacts.lambdas['watch']!,
      memoryMiB: 256,
      timeout: Duration.seconds(20),
      concurrency: 1,
      environment: {
        MYELIN_SERVER_NAME: 'watch',
        METRICS_NAMESPACE: metricsNamespace(stage),
        MYELIN_DATABASE_URL: databaseUrl(
          DATABASE.lambda,
          database.instance.dbInstanceEndpointAddress,
          DATABASE.name,
          AUTHORITIES,
        ),
      },
      network: this.#network('watch', cloud.network),
    });
    database.grantConnect(unit.role, DATABASE.lambda);
    this.missed = new Watch(this, 'EachMinute', { unit }).deadLetters;
    return unit;
  }
}

function taskTarget(stage: Stage, edge: EdgeStack | undefined): TaskTarget {
  if (!edge) return { url: stage.local!.tasksUrl, header: UNIT_HEADER };
  const { balancer, vpcLink } = edge;
  return {
    url: `http://${balancer.loadBalancerDnsName}`,
    header: UNIT_HEADER,
    link: { id: vpcLink.ref, balancerArn: balancer.loadBalancerArn },
  };
}
