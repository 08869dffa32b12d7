import { ArnFormat, type Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { because } from '../nag.ts';
import type { Stage } from '../stages.ts';

/** What a function in the network is placed with. */
export interface LambdaNetwork {
  vpc: ec2.IVpc;
  subnets: ec2.SubnetSelection;
  securityGroup: ec2.ISecurityGroup;
}

interface LambdaUnitProps {
  stage: Stage;
  /** Its name: a Lambda unit, or `watch`. */
  name: string;
  does: string;
  /** Folder of its bundle. */
  code: string;
  memoryMiB: number;
  timeout: Duration;
  /** Most invocations at a time; the database's connections are counted by it. */
  concurrency: number;
  environment: Record<string, string>;
  /** Nothing for a local AWS. */
  network?: LambdaNetwork;
}

/** A function on Node 24 and arm64 with a role, a log group and a bound of its own. */
export class LambdaUnit extends Construct {
  readonly name: string;
  readonly function: lambda.Function;
  readonly role: iam.Role;
  readonly logGroup: logs.LogGroup;

  constructor(scope: Construct, id: string, props: LambdaUnitProps) {
    super(scope, id);
    const { stage, network } = props;
    this.name = props.name;
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      retention: stage.logDays as number as logs.RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    this.logGroup.grantWrite(this.role);
    const inside = network ? this.#mayJoin(network) : undefined;
    this.function = new lambda.Function(this, 'Function', {
      description: props.does,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(props.code),
      memorySize: props.memoryMiB,
      timeout: props.timeout,
      // A local AWS counts no connections, and runs one at a time.
      ...(stage.local ? {} : { reservedConcurrentExecutions: props.concurrency }),
      role: this.role,
      logGroup: this.logGroup,
      loggingFormat: lambda.LoggingFormat.TEXT,
      tracing: stage.traces ? lambda.Tracing.ACTIVE : lambda.Tracing.DISABLED,
      environment: { NODE_OPTIONS: '--enable-source-maps', ...props.environment },
      ...(network ? { vpc: network.vpc, vpcSubnets: network.subnets, securityGroups: [network.securityGroup] } : {}),
    });
    if (inside) this.function.node.addDependency(inside);
    Tags.of(this).add('myelin:unit', props.name);
    this.#explain(stage);
  }

  /** The rights by which Lambda makes the function's network interfaces; not what the function itself may do. */
  #mayJoin(_network: LambdaNetwork): iam.Policy {
    const { region, account } = Stack.of(this);
    const own = (resource: string) =>
      Stack.of(this).formatArn({
        service: 'ec2',
        region,
        account,
        resource,
        resourceName: '*',
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      });
    const policy = new iam.Policy(this, 'JoinsNetwork', {
      roles: [this.role],
      statements: [
        new iam.PolicyStatement({
          actions: [
            'ec2:DescribeNetworkInterfaces',
            'ec2:DescribeSubnets',
            'ec2:DescribeSecurityGroups',
            'ec2:DescribeVpcs',
          ],
          resources: ['*'],
        }),
        new iam.PolicyStatement({
          actions: [
            'ec2:CreateNetworkInterface',
            'ec2:DeleteNetworkInterface',
            'ec2:AssignPrivateIpAddresses',
            'ec2:UnassignPrivateIpAddresses',
          ],
          resources: ['network-interface', 'subnet', 'security-group'].map(own),
        }),
      ],
    });
    const reason =
      'Lambda checks for exactly these before it puts a function into a network; interfaces have no name before they exist.';
    because(policy, 'AwsSolutions-IAM5', reason);
    return policy;
  }

  #explain(stage: Stage): void {
    because(
      this.function,
      'Serverless-LambdaDLQ',
      'It is asked by the gateway, which waits for the answer: no event is ever queued.',
    );
    if (stage.traces) because(this.role, 'AwsSolutions-IAM5', 'Traces go to X-Ray, which has no resources to name.');
    if (!stage.traces) because(this.function, 'Serverless-LambdaTracing', 'Traces are a switch of the stage (traces).');
  }
}
