import { RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { because } from '../nag.ts';
import { PORTS } from '../ports.ts';
import type { Stage } from '../stages.ts';

interface CacheProps {
  stage: Stage;
  vpc: ec2.IVpc;
  securityGroup: ec2.ISecurityGroup;
  cache: Exclude<Stage['cache'], 'none'>;
}

/** Valkey: the bus between processes and their shared cache. Encrypted on the way, with a password, nothing kept. */
export class Cache extends Construct {
  /** Name of the replication group; tasks ask ElastiCache for its address. */
  readonly id: string;
  readonly address: string;
  readonly passwordSecret: secretsmanager.Secret;

  constructor(scope: Construct, id: string, { stage, vpc, securityGroup, cache }: CacheProps) {
    super(scope, id);
    this.passwordSecret = new secretsmanager.Secret(this, 'Password', {
      description: `Password of the cache of the stage ${stage.name}`,
      generateSecretString: { excludePunctuation: true, passwordLength: 40 },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const subnets = new elasticache.CfnSubnetGroup(this, 'Subnets', {
      description: `Myelin ${stage.name}`,
      subnetIds: vpc.selectSubnets({ subnetGroupName: 'inner' }).subnetIds,
    });
    const group = new elasticache.CfnReplicationGroup(this, 'Group', {
      replicationGroupDescription: `Bus and cache of Myelin ${stage.name}`,
      engine: 'valkey',
      engineVersion: '8.1',
      cacheNodeType: cache.node,
      numNodeGroups: 1,
      replicasPerNodeGroup: cache.replicas,
      automaticFailoverEnabled: cache.replicas > 0,
      multiAzEnabled: cache.replicas > 0,
      port: PORTS.cache,
      cacheSubnetGroupName: subnets.ref,
      securityGroupIds: [securityGroup.securityGroupId],
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      atRestEncryptionEnabled: true,
      authToken: this.passwordSecret.secretValue.unsafeUnwrap(),
      snapshotRetentionLimit: 0,
    });
    this.id = group.ref;
    this.address = group.attrPrimaryEndPointAddress;
    because(
      this.passwordSecret,
      'AwsSolutions-SMG4',
      'The cache has to be told a new password too; docs/runbook.md says how. What it holds can be lost at any time.',
    );
    if (cache.replicas === 0) {
      because(
        group,
        'AwsSolutions-AEC4',
        'The bus is a hint and the cache can forget: a lost node costs latency, no data. Replicas are a switch.',
      );
    }
  }
}
