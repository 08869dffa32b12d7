import { ArnFormat, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import { InstanceType } from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { because } from '../nag.ts';
import { PORTS } from '../ports.ts';
import type { Stage } from '../stages.ts';

/** The database's name, and who signs in to it by IAM: one role per kind of unit. The owner is for the schema job alone. */
export const DATABASE = {
  name: 'myelin',
  owner: 'myelin_owner',
  lambda: 'myelin_lambda',
  task: 'myelin_task',
} as const;

interface DatabaseProps {
  stage: Stage;
  vpc: ec2.IVpc;
  securityGroup: ec2.ISecurityGroup;
}

/** The one PostgreSQL: encrypted, TLS only, sign-in by IAM, continuous backup. */
export class Database extends Construct {
  readonly instance: rds.DatabaseInstance;
  /** User and password of the owner; tasks and Lambdas have none. */
  readonly ownerSecret: secretsmanager.ISecret;
  /** Where Lambdas connect, through the proxy if there is one. */
  readonly lambdaHost: string;

  constructor(scope: Construct, id: string, { stage, vpc, securityGroup }: DatabaseProps) {
    super(scope, id);
    const { database } = stage;
    const retain = stage.data === 'retain';
    const engine = rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_18 });
    this.ownerSecret = new secretsmanager.Secret(this, 'Owner', {
      description: `Owner of the database of the stage ${stage.name}; used by the schema job`,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: DATABASE.owner }),
        generateStringKey: 'password',
        excludePunctuation: true,
        passwordLength: 40,
      },
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.instance = new rds.DatabaseInstance(this, 'Instance', {
      engine,
      vpc,
      vpcSubnets: { subnetGroupName: 'inner' },
      securityGroups: [securityGroup],
      instanceType: new InstanceType(database.instance),
      allocatedStorage: database.storageGiB,
      maxAllocatedStorage: database.maxStorageGiB,
      storageType: rds.StorageType.GP3,
      storageEncrypted: true,
      multiAz: database.multiAz,
      databaseName: DATABASE.name,
      port: PORTS.database,
      credentials: rds.Credentials.fromSecret(this.ownerSecret),
      iamAuthentication: true,
      publiclyAccessible: false,
      caCertificate: rds.CaCertificate.RDS_CA_RSA2048_G1,
      parameterGroup: new rds.ParameterGroup(this, 'Parameters', {
        engine,
        parameters: {
          max_connections: String(database.maxConnections),
          'rds.force_ssl': '1',
          // A session that hangs in a transaction holds up turnstiles and vacuum.
          idle_in_transaction_session_timeout: '60000',
          log_min_duration_statement: '1000',
        },
      }),
      backupRetention: Duration.days(database.backupDays),
      deleteAutomatedBackups: !retain,
      copyTagsToSnapshot: true,
      autoMinorVersionUpgrade: true,
      deletionProtection: retain,
      removalPolicy: retain ? RemovalPolicy.SNAPSHOT : RemovalPolicy.DESTROY,
    });
    this.lambdaHost = database.proxy ? this.#proxy(vpc, securityGroup) : this.instance.dbInstanceEndpointAddress;
    this.#explain(stage);
  }

  /** Lets a role sign in as one database user. */
  grantConnect(role: iam.IGrantable, user: string): void {
    const arn = this.instance.stack.formatArn({
      service: 'rds-db',
      resource: 'dbuser',
      resourceName: `${this.instance.instanceResourceId}/${user}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    iam.Grant.addToPrincipal({ grantee: role, actions: ['rds-db:connect'], resourceArns: [arn] });
  }

  #proxy(vpc: ec2.IVpc, securityGroup: ec2.ISecurityGroup): string {
    const proxy = new rds.DatabaseProxy(this, 'Proxy', {
      proxyTarget: rds.ProxyTarget.fromInstance(this.instance),
      vpc,
      vpcSubnets: { subnetGroupName: 'inner' },
      securityGroups: [securityGroup],
      secrets: [this.ownerSecret],
      iamAuth: true,
      requireTLS: true,
    });
    return proxy.endpoint;
  }

  #explain({ database, data }: Stage): void {
    because(
      this.ownerSecret.node.scope!,
      'AwsSolutions-SMG4',
      'The password is used by the schema job during deployments only; everything else signs in by IAM with signatures that last 15 minutes.',
    );
    because(
      this.instance,
      'AwsSolutions-RDS11',
      'Nobody outside the network reaches the port; another number hides nothing.',
    );
    if (!database.multiAz) {
      because(
        this.instance,
        'AwsSolutions-RDS3',
        'A second instance is a switch of the stage (database.multiAz): it doubles the price.',
      );
    }
    if (data === 'destroy') {
      because(this.instance, 'AwsSolutions-RDS10', 'A stage with data "destroy" is meant to go without a trace.');
    }
  }
}
