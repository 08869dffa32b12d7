import { Duration, Tags } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { TaskGroup } from '../../functions/placements.ts';
import { UNITS } from '../../functions/units.ts';
import type { UnitNeed } from '../../lib/routing/unit.ts';
import { mostTasks, poolOf } from '../connection-budget.ts';
import { because } from '../nag.ts';
import { PORTS } from '../ports.ts';
import { taskSizeFor } from '../stage-faults.ts';
import type { Stage } from '../stages.ts';
import { scaleBySignal } from './scaling.ts';
import { collectTraces } from './trace-collector.ts';

/** Longest that Fargate waits after SIGTERM; shards are handed over and requests answered well within it. */
const STOP_TIMEOUT = Duration.seconds(60);

/** What tasks share. */
export interface TaskSurroundings {
  stage: Stage;
  cluster: ecs.ICluster;
  image: ecs.ContainerImage;
  subnets: ec2.SubnetSelection;
  publicAddresses: boolean;
  logGroup: logs.ILogGroup;
  environment: Record<string, string>;
  secrets: Record<string, ecs.Secret>;
  /** Gives a role what a need means. */
  grant: Readonly<Partial<Record<UnitNeed, (role: iam.IRole) => void>>>;
}

export interface TaskUnitProps extends TaskSurroundings {
  group: TaskGroup;
  securityGroups: ec2.ISecurityGroup[];
}

/**
 * The tasks of one group of a placement: any task units in one process, `UNITS` says which. Old and new run side by side
 * while deploying, a deployment that does not get healthy is taken back.
 */
export class TaskUnit extends Construct {
  readonly stage: Stage;
  readonly group: TaskGroup;
  readonly service: ecs.FargateService;
  readonly memoryMiB: number;
  /** There when a unit of the group answers requests. */
  readonly targets?: elbv2.ApplicationTargetGroup;

  constructor(scope: Construct, id: string, props: TaskUnitProps) {
    super(scope, id);
    const { stage, group } = props;
    this.stage = stage;
    this.group = group;
    const declared = group.units.reduce((sum, name) => sum + UNITS[name].memoryMiB, 0);
    const size = stage.taskSizes[group.name] ?? taskSizeFor(declared);
    this.memoryMiB = size.memoryMiB;
    const definition = this.#definition(props, size);
    this.service = new ecs.FargateService(this, 'Service', {
      cluster: props.cluster,
      taskDefinition: definition,
      desiredCount: group.count,
      vpcSubnets: props.subnets,
      assignPublicIp: props.publicAddresses,
      securityGroups: props.securityGroups,
      platformVersion: ecs.FargatePlatformVersion.LATEST,
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      capacityProviderStrategies: this.capacity(stage),
      propagateTags: ecs.PropagatedTagSource.SERVICE,
      enableECSManagedTags: true,
      ...(this.#answers() ? { healthCheckGracePeriod: Duration.seconds(60) } : {}),
    });
    if (this.#answers()) this.targets = this.#targetGroup(props);
    Tags.of(this).add('myelin:unit', group.name);
  }

  /** Has the group grow under load, if its stage lets it. The balancer must know the group by then. */
  scale(): void {
    const most = mostTasks(this.stage, this.group.units, this.group.count);
    if (most > this.group.count) scaleBySignal(this, most);
  }

  /** Where the tasks run. Readers may be interrupted, if the stage says so. */
  protected capacity(stage: Stage): ecs.CapacityProviderStrategy[] {
    const reads = this.group.units.every(
      (name) => UNITS[name].streamsWritten.length === 0 && UNITS[name].routes.length > 0,
    );
    return stage.spotReaders && reads
      ? [
          { capacityProvider: 'FARGATE', base: 1, weight: 0 },
          { capacityProvider: 'FARGATE_SPOT', weight: 1 },
        ]
      : [{ capacityProvider: 'FARGATE', weight: 1 }];
  }

  #answers(): boolean {
    return this.group.units.some((name) => UNITS[name].routes.length > 0);
  }

  #definition(props: TaskUnitProps, size: { cpu: number; memoryMiB: number }): ecs.FargateTaskDefinition {
    const { group } = this;
    const definition = new ecs.FargateTaskDefinition(this, 'Task', {
      cpu: size.cpu,
      memoryLimitMiB: size.memoryMiB,
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.ARM64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
      volumes: [{ name: 'scratch' }],
    });
    const container = definition.addContainer('units', {
      image: props.image,
      command: ['node', 'task.mjs'],
      environment: {
        ...props.environment,
        ...(props.stage.traces ? { MYELIN_TRACING_EXPORTER: 'otlp' } : {}),
        UNITS: group.units.join(','),
        MYELIN_LISTEN_HOST: '0.0.0.0',
        MYELIN_LISTEN_HTTP_PORT: String(PORTS.http),
        MYELIN_REPLICATION_HOST: '0.0.0.0',
        MYELIN_REPLICATION_PORT: String(PORTS.replication),
        MYELIN_DATABASE_POOL_SIZE: String(poolOf(group.units)),
        NODE_OPTIONS: `--max-old-space-size=${Math.floor(size.memoryMiB * 0.75)} --enable-source-maps`,
      },
      secrets: props.secrets,
      readonlyRootFilesystem: true,
      linuxParameters: new ecs.LinuxParameters(this, 'Linux', { initProcessEnabled: true }),
      portMappings: [
        { containerPort: PORTS.http, name: 'http' },
        { containerPort: PORTS.replication, name: 'replication' },
      ],
      logging: ecs.LogDrivers.awsLogs({
        streamPrefix: group.name,
        logGroup: props.logGroup,
        mode: ecs.AwsLogDriverMode.NON_BLOCKING,
      }),
      stopTimeout: STOP_TIMEOUT,
      healthCheck: {
        command: ['CMD', 'node', 'health.mjs'],
        interval: Duration.seconds(15),
        timeout: Duration.seconds(5),
        retries: 3,
        startPeriod: Duration.seconds(60),
      },
    });
    container.addMountPoints({ containerPath: '/tmp', sourceVolume: 'scratch', readOnly: false });
    if (props.stage.traces) collectTraces(definition, props);
    const needs = new Set(group.units.flatMap((name) => UNITS[name].needs));
    for (const need of needs) props.grant[need]?.(definition.taskRole);
    this.#explain(definition);
    return definition;
  }

  #targetGroup({ cluster, stage }: TaskUnitProps): elbv2.ApplicationTargetGroup {
    return new elbv2.ApplicationTargetGroup(this, 'Targets', {
      vpc: cluster.vpc,
      port: PORTS.http,
      protocol: elbv2.ApplicationProtocol.HTTP,
      targets: [this.service.loadBalancerTarget({ containerName: 'units', containerPort: PORTS.http })],
      // Polls are asked to end when a task does, uploads may finish.
      deregistrationDelay: Duration.seconds(stage.data === 'retain' ? 45 : 15),
      loadBalancingAlgorithmType: elbv2.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
      healthCheck: {
        path: '/health',
        healthyHttpCodes: '200-404',
        interval: Duration.seconds(15),
        timeout: Duration.seconds(5),
      },
    });
  }

  #explain(definition: ecs.FargateTaskDefinition): void {
    because(
      definition,
      'AwsSolutions-ECS2',
      'The environment has configuration keys only; secrets are injected from Secrets Manager.',
    );
    because(
      definition,
      'AwsSolutions-IAM5',
      'A token to pull images is of the whole registry, and objects of the one bucket are named by wildcard.',
    );
  }
}
