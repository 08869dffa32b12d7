import { CustomResource, RemovalPolicy } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { because } from '../nag.ts';
import type { Stage } from '../stages.ts';
import { Helper } from './helper.ts';

/** What becomes of data when its stack is destroyed. */
export function removalOf(stage: Stage): RemovalPolicy {
  return stage.data === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}

/** CloudFormation deletes no bucket that holds anything. A local AWS is thrown away as a whole. */
export function emptyWhenDestroyed(bucket: s3.Bucket, stage: Stage): void {
  if (stage.data === 'retain' || stage.local) return;
  const helper = Helper.of(bucket);
  const permission = helper.allow(['s3:ListBucket', 's3:ListBucketVersions'], [bucket.bucketArn]);
  const deletion = helper.allow(['s3:DeleteObject', 's3:DeleteObjectVersion'], [bucket.arnForObjects('*')]);
  because(deletion, 'AwsSolutions-IAM5', 'Whatever the bucket holds has to go; its objects are named by wildcard.');
  const emptied = new CustomResource(bucket, 'Empty', {
    serviceToken: helper.arn,
    resourceType: 'Custom::EmptyBucket',
    properties: { Bucket: bucket.bucketName },
  });
  emptied.node.addDependency(bucket, permission, deletion);
  if (bucket.policy) emptied.node.addDependency(bucket.policy);
}
