import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { MediaBucket } from '../constructs/media-bucket.ts';
import { PrivateBucket } from '../constructs/private-bucket.ts';
import { QueueWithDeadLetters } from '../constructs/queue.ts';
import { because } from '../nag.ts';
import type { StackSettings } from '../stack-settings.ts';

/**
 * What is stateful and needs no network: media, queues, secrets. A local AWS can run this stack as it is.
 */
export class ObjectsStack extends Stack {
  readonly media: MediaBucket;
  /** Work for the background unit. */
  readonly jobs: QueueWithDeadLetters;
  /** From this the signing key and the secrets between processes are made. */
  readonly serverSecret: secretsmanager.Secret;
  /** With this the distribution proves itself. */
  readonly edgeSecret: secretsmanager.Secret;

  constructor(scope: Construct, id: string, { stage, ...props }: StackSettings) {
    super(scope, id, props);
    const removalPolicy = stage.data === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const logs = stage.local ? undefined : new PrivateBucket(this, 'MediaLogs', { stage, expireDays: stage.logDays });
    this.media = new MediaBucket(this, 'Media', { stage, ...(logs ? { logs: logs.bucket } : {}) });
    this.jobs = new QueueWithDeadLetters(this, 'Jobs');
    this.serverSecret = new secretsmanager.Secret(this, 'Server', {
      description: `Signing key and inner secrets of Myelin ${stage.name}. Keep a copy: without it the server is another one`,
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: 'seed',
        excludePunctuation: true,
        passwordLength: 64,
      },
      removalPolicy,
    });
    this.edgeSecret = new secretsmanager.Secret(this, 'Edge', {
      description: `Proves to Myelin ${stage.name} that a request came by the distribution`,
      generateSecretString: { excludePunctuation: true, passwordLength: 40 },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    because(
      this.serverSecret,
      'AwsSolutions-SMG4',
      'It holds the signing key, whose change other servers have to learn: an operator does it, docs/runbook.md says how.',
    );
    because(
      this.edgeSecret,
      'AwsSolutions-SMG4',
      'The distribution takes it at deployment; another one needs a deployment, docs/runbook.md says how.',
    );
  }
}
