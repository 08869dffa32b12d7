import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { Firewall } from '../constructs/firewall.ts';
import { PrivateBucket } from '../constructs/private-bucket.ts';
import { because } from '../nag.ts';
import { PORTS } from '../ports.ts';
import type { StackSettings } from '../stack-settings.ts';
import type { Stage } from '../stages.ts';

/**
 * The network of a stage: public subnets for tasks (each with an address of its own, so no NAT), isolated ones for Lambdas,
 * balancer, database and cache. S3 is reached through a gateway, which is free.
 */
export class NetworkStack extends Stack {
  readonly vpc: ec2.Vpc;
  readonly firewall: Firewall;
  /** Where Lambdas are. */
  readonly lambdaSubnets: ec2.SubnetSelection;
  /** Where tasks are, and whether they need public addresses. */
  readonly taskSubnets: ec2.SubnetSelection;
  readonly publicTasks: boolean;

  constructor(scope: Construct, id: string, { stage, ...props }: StackSettings) {
    super(scope, id, props);
    const hasNat = stage.nat !== 'none';
    const instance = stage.nat === 'instance' ? natInstance() : undefined;
    const inner = hasNat ? ec2.SubnetType.PRIVATE_WITH_EGRESS : ec2.SubnetType.PRIVATE_ISOLATED;
    this.vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(stage.cidr),
      maxAzs: 2,
      restrictDefaultSecurityGroup: false,
      natGateways: hasNat ? 1 : 0,
      ...(instance ? { natGatewayProvider: instance } : {}),
      subnetConfiguration: [
        { name: 'tasks', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 22, mapPublicIpOnLaunch: false },
        { name: 'inner', subnetType: inner, cidrMask: 22 },
      ],
      gatewayEndpoints: { s3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
    });
    if (instance) this.#letThrough(instance);
    this.lambdaSubnets = { subnetGroupName: 'inner' };
    // With NAT there, tasks need no addresses of their own.
    this.taskSubnets = { subnetGroupName: hasNat ? 'inner' : 'tasks' };
    this.publicTasks = !hasNat;
    this.firewall = new Firewall(this, 'Firewall', { vpc: this.vpc, hasNat });
    if (stage.lambdaSecrets === 'endpoint' && !hasNat) this.#secretsEndpoint();
    this.#flowLogs(stage);
  }

  /** Only what is inside may go out by the instance. */
  #letThrough(instance: ec2.NatInstanceProviderV2): void {
    instance.connections.allowFrom(ec2.Peer.ipv4(this.vpc.vpcCidrBlock), ec2.Port.allTraffic(), 'way out');
    because(this.vpc, 'AwsSolutions-EC26', 'The NAT instance passes packets on and stores nothing.');
    because(
      this.vpc,
      'AwsSolutions-EC28',
      'The NAT instance is the cheap way; detailed monitoring costs half as much again.',
    );
    because(this.vpc, 'AwsSolutions-EC29', 'The NAT instance holds nothing and is replaced when its image changes.');
    because(
      this.vpc,
      'AwsSolutions-EC23',
      'The addresses of the network itself are a token here, which the rule cannot read.',
    );
  }

  #secretsEndpoint(): void {
    const group = new ec2.SecurityGroup(this, 'SecretsEndpointGroup', {
      vpc: this.vpc,
      description: 'Secrets Manager, for Lambdas as they start',
      allowAllOutbound: false,
    });
    for (const peer of Object.values(this.firewall.lambdas)) {
      group.addIngressRule(peer, ec2.Port.tcp(PORTS.https), 'reads secrets');
      peer.addEgressRule(group, ec2.Port.tcp(PORTS.https), 'reads secrets');
    }
    this.vpc.addInterfaceEndpoint('Secrets', {
      service: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
      subnets: { subnetGroupName: 'inner' },
      securityGroups: [group],
      open: false,
    });
  }

  #flowLogs(stage: Stage): void {
    if (!stage.flowLogs) {
      because(
        this.vpc,
        'AwsSolutions-VPC7',
        'Flow logs are a switch of the stage (flowLogs): they cost by the gigabyte.',
      );
      return;
    }
    const { bucket } = new PrivateBucket(this, 'FlowLogs', { stage, expireDays: stage.logDays });
    because(bucket, 'AwsSolutions-S1', 'This bucket holds flow logs; logs about logs would never end.');
    this.vpc.addFlowLog('ToS3', { destination: ec2.FlowLogDestination.toS3(bucket) });
  }
}

function natInstance(): ec2.NatInstanceProviderV2 {
  return ec2.NatProvider.instanceV2({
    instanceType: ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.NANO),
    machineImage: ec2.MachineImage.latestAmazonLinux2023({ cpuType: ec2.AmazonLinuxCpuType.ARM_64 }),
    defaultAllowedTraffic: ec2.NatTrafficDirection.OUTBOUND_ONLY,
  });
}
