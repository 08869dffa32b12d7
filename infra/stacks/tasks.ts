import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type TaskGroup, taskGroups } from '../../functions/placements.ts';
import { UNITS } from '../../functions/units.ts';
import type { UnitNeed } from '../../lib/routing/unit.ts';
import type { Artifacts } from '../artifacts.ts';
import { DATABASE } from '../constructs/database.ts';
import { Migration } from '../constructs/migration.ts';
import type { DeadLetters } from '../constructs/queue.ts';
import { Sleep } from '../constructs/sleep.ts';
import { StreamWriter } from '../constructs/stream-writer.ts';
import { type TaskSurroundings, TaskUnit } from '../constructs/task-unit.ts';
import { because } from '../nag.ts';
import type { StackSettings } from '../stack-settings.ts';
import { placementOf } from '../stages.ts';
import { databaseQuery, databaseUrl, unitEnvironment } from '../unit-environment.ts';
import type { DataStack } from './data.ts';
import { type EdgeStack, UNIT_HEADER } from './edge.ts';
import type { NetworkStack } from './network.ts';
import type { ObjectsStack } from './objects.ts';

interface TasksSettings extends StackSettings {
  artifacts: Artifacts;
  network: NetworkStack;
  data: DataStack;
  objects: ObjectsStack;
  edge: EdgeStack;
}

/** Where the image has the certificate authorities of RDS. */
const AUTHORITIES = '/app/rds-ca.pem';

/** The long-lived half of the compute: the schema job, then the task units as the stage's placement groups them. */
export class TasksStack extends Stack {
  readonly cluster: ecs.Cluster;
  readonly units: TaskUnit[];
  readonly logGroup: logs.LogGroup;
  readonly migration: Migration;
  /** Calls that a sleeping stage's schedules could not make. */
  readonly missed: DeadLetters | undefined;

  constructor(scope: Construct, id: string, settings: TasksSettings) {
    const { stage, artifacts, network, data, objects, edge, ...props } = settings;
    super(scope, id, props);
    this.cluster = new ecs.Cluster(this, 'Cluster', {
      vpc: network.vpc,
      enableFargateCapacityProviders: true,
      containerInsightsV2: stage.containerInsights ? ecs.ContainerInsights.ENABLED : ecs.ContainerInsights.DISABLED,
    });
    if (!stage.containerInsights) {
      because(
        this.cluster,
        'AwsSolutions-ECS4',
        'Container Insights is a switch of the stage (containerInsights): it costs about $2 a task.',
      );
    }
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      retention: stage.logDays as number as logs.RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const image = stage.image
      ? ecs.ContainerImage.fromRegistry(stage.image)
      : ecs.ContainerImage.fromAsset(artifacts.imageContext, { platform: Platform.LINUX_ARM64, target: 'tasks' });
    const serverName = stage.serverName ?? edge.host;
    this.migration = new Migration(this, 'Migration', {
      cluster: this.cluster,
      image,
      database: data.database,
      query: databaseQuery(AUTHORITIES),
      serverName,
      vpc: network.vpc,
      subnets: network.taskSubnets,
      publicAddresses: network.publicTasks,
      securityGroup: network.firewall.migrate,
      logGroup: this.logGroup,
    });
    const surroundings = this.#surroundings(settings, image);
    this.units = taskGroups(placementOf(stage)).map((group) => this.#unit(group, settings, surroundings));
    this.#listen(edge.listener);
    for (const unit of this.units) unit.scale();
    if (stage.sleep)
      this.missed = new Sleep(this, 'Sleep', {
        sleep: stage.sleep,
        units: this.units,
        database: data.database.instance,
      }).deadLetters;
  }

  #surroundings({ stage, network, data, objects, edge }: TasksSettings, image: ecs.ContainerImage): TaskSurroundings {
    const { database, cache } = data;
    const host = database.instance.dbInstanceEndpointAddress;
    const read = (permission: (role: iam.IGrantable) => unknown) => (role: iam.IRole) => void permission(role);
    const grant: Partial<Record<UnitNeed, (role: iam.IRole) => void>> = {
      database: (role) => database.grantConnect(role, DATABASE.task),
      s3: read((role) => objects.media.bucket.grantReadWrite(role)),
      sqs: read((role) => {
        objects.jobs.queue.grantSendMessages(role);
        objects.jobs.queue.grantConsumeMessages(role);
      }),
      ...(cache ? { redis: (role: iam.IRole) => mayFind(role, this, cache.id) } : {}),
    };
    return {
      stage,
      cluster: this.cluster,
      image,
      subnets: network.taskSubnets,
      publicAddresses: network.publicTasks,
      logGroup: this.logGroup,
      environment: {
        ...unitEnvironment(stage, {
          host: edge.host,
          mediaBucket: objects.media.bucket.bucketName,
          jobsUrl: objects.jobs.queue.queueUrl,
        }),
        MYELIN_DATABASE_URL: databaseUrl(DATABASE.task, host, DATABASE.name, AUTHORITIES),
        ...(cache ? { CACHE_ID: cache.id } : {}),
      },
      secrets: {
        SERVER_SECRET: ecs.Secret.fromSecretsManager(objects.serverSecret),
        EDGE_SECRET: ecs.Secret.fromSecretsManager(objects.edgeSecret),
        ...(cache ? { CACHE_PASSWORD: ecs.Secret.fromSecretsManager(cache.passwordSecret) } : {}),
      },
      grant,
    };
  }

  #unit(group: TaskGroup, { network }: TasksSettings, surroundings: TaskSurroundings): TaskUnit {
    const writes = group.units.some((name) => UNITS[name].streamsWritten.length > 0);
    const props = { ...surroundings, group, securityGroups: network.firewall.ofTask(group.units) };
    const unit = writes ? new StreamWriter(this, group.name, props) : new TaskUnit(this, group.name, props);
    unit.service.node.addDependency(this.migration.done);
    return unit;
  }

  /** The balancer takes each unit's requests to its tasks, by the header that gateway and distribution set. */
  #listen(listener: elbv2.IApplicationListener): void {
    let priority = 10;
    for (const unit of this.units) {
      const fronts = unit.group.units.filter((name) => UNITS[name].routes.length > 0);
      if (!unit.targets || fronts.length === 0) continue;
      new elbv2.ApplicationListenerRule(this, `To-${unit.group.name}`, {
        listener,
        priority: priority++,
        conditions: [elbv2.ListenerCondition.httpHeader(UNIT_HEADER, fronts)],
        targetGroups: [unit.targets],
      });
    }
  }
}

/** May ask ElastiCache where the cache is. */
function mayFind(role: iam.IRole, stack: Stack, id: string): void {
  const group = stack.formatArn({
    service: 'elasticache',
    resource: 'replicationgroup',
    resourceName: id,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  iam.Grant.addToPrincipal({
    grantee: role,
    actions: ['elasticache:DescribeReplicationGroups'],
    resourceArns: [group],
  });
}
