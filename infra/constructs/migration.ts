import { CustomResource } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { UNITS } from '../../functions/units.ts';
import { because } from '../nag.ts';
import { taskSizeFor } from '../stage-faults.ts';
import { DATABASE, type Database } from './database.ts';
import { Helper } from './helper.ts';

interface MigrationProps {
  cluster: ecs.ICluster;
  image: ecs.ContainerImage;
  database: Database;
  query: string;
  serverName: string;
  vpc: ec2.IVpc;
  subnets: ec2.SubnetSelection;
  publicAddresses: boolean;
  securityGroup: ec2.ISecurityGroup;
  logGroup: logs.ILogGroup;
}

/**
 * Brings the schema up to date before anything that needs it is changed: whatever depends on {@link Migration.done} waits.
 * Runs as the database's owner, makes the roles of the others. A failure takes the deployment back; migrations only add,
 * so the code before goes on working.
 */
export class Migration extends Construct {
  readonly done: CustomResource;
  readonly definition: ecs.FargateTaskDefinition;

  constructor(scope: Construct, id: string, props: MigrationProps) {
    super(scope, id);
    const { cpu, memoryMiB } = taskSizeFor(UNITS.migrate.memoryMiB);
    this.definition = new ecs.FargateTaskDefinition(this, 'Task', {
      cpu,
      memoryLimitMiB: memoryMiB,
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.ARM64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
      volumes: [{ name: 'scratch' }],
    });
    const container = this.definition.addContainer('migrate', {
      image: props.image,
      command: ['node', 'migrate.mjs'],
      environment: {
        MYELIN_SERVER_NAME: props.serverName,
        DATABASE_QUERY: props.query,
        DATABASE_ROLES: `${DATABASE.lambda},${DATABASE.task}`,
      },
      secrets: { DATABASE_OWNER: ecs.Secret.fromSecretsManager(props.database.instance.secret!) },
      readonlyRootFilesystem: true,
      logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'migrate', logGroup: props.logGroup }),
    });
    container.addMountPoints({ containerPath: '/tmp', sourceVolume: 'scratch', readOnly: false });

    const helper = Helper.of(this);
    const task = `${this.definition.taskDefinitionArn}`;
    const rights = [
      helper.allow(['ecs:RunTask'], [task], { ArnEquals: { 'ecs:cluster': props.cluster.clusterArn } }),
      helper.allow(['ecs:DescribeTasks'], ['*'], { ArnEquals: { 'ecs:cluster': props.cluster.clusterArn } }),
      helper.allow(['iam:PassRole'], [this.definition.taskRole.roleArn, this.definition.executionRole!.roleArn]),
    ];
    this.done = new CustomResource(this, 'Run', {
      serviceToken: helper.arn,
      resourceType: 'Custom::RunTask',
      // New code is a new revision of the task definition, which is why the job runs with each.
      properties: {
        Cluster: props.cluster.clusterName,
        TaskDefinition: task,
        Subnets: props.vpc.selectSubnets(props.subnets).subnetIds.join(','),
        SecurityGroups: props.securityGroup.securityGroupId,
        PublicIp: props.publicAddresses ? 'ENABLED' : 'DISABLED',
      },
    });
    this.done.node.addDependency(...rights, props.database.instance);
    const many = 'Tasks are named as they start; the condition holds it to the one cluster.';
    because(rights[1]!, 'AwsSolutions-IAM5', many);
    because(
      this.definition,
      'AwsSolutions-ECS2',
      'The environment has no secret; the owner of the database comes from Secrets Manager.',
    );
    because(this.definition, 'AwsSolutions-IAM5', 'A token to pull images is of the whole registry.');
  }
}
