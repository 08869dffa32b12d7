// S3 and SQS against an endpoint that answers like AWS; skipped, with the reason, where there is none.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { S3Blobs } from '../../lib/platform/adapters/s3-blobs.ts';
import { SqsQueue } from '../../lib/platform/adapters/sqs-queue.ts';
import { blobsSuite } from './blobs-suite.ts';
import { testAws } from './ministack.ts';
import { queueSuite } from './queue-suite.ts';

const aws = await testAws();
const skip = typeof aws === 'string' ? aws : false;
if (skip) console.log(`S3 and SQS are not tested: ${skip}`);

if (typeof aws === 'string') {
  test('blobs: S3', { skip: aws }, () => {});
  test('queue: SQS', { skip: aws }, () => {});
} else {
  after(() => aws.stop());
  const run = `myelin-${process.pid}-${Date.now()}`;

  describe('blobs: S3', async () => {
    const client = new S3Client(aws.client);
    await client.send(new CreateBucketCommand({ Bucket: run }));
    const blobs = new S3Blobs({ client, bucket: run, prefix: 'some/where/' });
    after(() => client.destroy());

    blobsSuite(() => blobs);

    test('failed uploads leave no parts to pay for', async () => {
      const uploads = await client.send(new ListMultipartUploadsCommand({ Bucket: run }));
      assert.deepEqual(uploads.Uploads ?? [], []);
    });

    test('a missing bucket is an error, not a missing object', async () => {
      const lost = new S3Blobs({ client, bucket: `${run}-lost` });
      await assert.rejects(lost.get('key'), { name: 'NoSuchBucket' });
    });
  });

  describe('queue: SQS', () => {
    const client = new SQSClient(aws.client);
    const urls = new Map<string, string>();
    const create = async (name: string, attributes: Record<string, string>) => {
      const created = await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
      urls.set(name, created.QueueUrl!);
      return created.QueueUrl!;
    };
    const queue = new SqsQueue({ client, queueUrl: (name) => urls.get(name)!, retryMs: 10, waitSeconds: 1 });
    after(() => client.destroy());

    queueSuite(() => ({
      queue,
      visibilityMs: 1_000,
      async fresh() {
        const name = `${run}-${urls.size}`;
        const deadUrl = await create(`${name}-dead`, {});
        const { Attributes } = await client.send(
          new GetQueueAttributesCommand({ QueueUrl: deadUrl, AttributeNames: ['QueueArn'] }),
        );
        const redrive = { deadLetterTargetArn: Attributes!.QueueArn, maxReceiveCount: 3 };
        await create(name, { RedrivePolicy: JSON.stringify(redrive) });
        return name;
      },
      async dead(name) {
        const received = await client.send(
          new ReceiveMessageCommand({
            QueueUrl: urls.get(`${name}-dead`),
            MaxNumberOfMessages: 10,
            VisibilityTimeout: 0,
          }),
        );
        return (received.Messages ?? []).map((message) => JSON.parse(message.Body!));
      },
    }));
  });
}
