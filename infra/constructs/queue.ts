import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { because } from '../nag.ts';

/** Deliveries before a message is dead. */
const MOST_DELIVERIES = 8;

const COMMON = { encryption: sqs.QueueEncryption.SQS_MANAGED, enforceSSL: true, removalPolicy: RemovalPolicy.DESTROY };

/** Where what could not be delivered waits for a person. */
export class DeadLetters extends sqs.Queue {
  /** @param from `queue` where they come from another queue; the rules know those by themselves */
  constructor(scope: Construct, id: string, from: 'queue' | 'service') {
    super(scope, id, { ...COMMON, retentionPeriod: Duration.days(14) });
    if (from === 'service') {
      because(this, 'AwsSolutions-SQS3', 'It is a queue of dead letters; people empty it, as docs/runbook.md says.');
    }
    because(
      this,
      'Serverless-SQSRedrivePolicy',
      'It is a queue of dead letters; people empty it, as docs/runbook.md says.',
    );
  }
}

/** A queue and its dead letters, both encrypted and over TLS only. */
export class QueueWithDeadLetters extends Construct {
  readonly queue: sqs.Queue;
  readonly deadLetters: DeadLetters;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.deadLetters = new DeadLetters(this, 'Dead', 'queue');
    this.queue = new sqs.Queue(this, 'Queue', {
      ...COMMON,
      visibilityTimeout: Duration.minutes(2),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MOST_DELIVERIES },
    });
  }
}
