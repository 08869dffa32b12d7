import { Duration } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { because } from '../nag.ts';
import type { Stage } from '../stages.ts';
import { emptyWhenDestroyed, removalOf } from './removal.ts';

/** What every key starts with, as `media.s3.prefix` says. */
export const MEDIA_PREFIX = 'media/';
/** Classes of media that other servers or the web hold too, by the first segment of their keys. */
const FETCHED_AGAIN = ['remote', 'remote-thumbnails', 'previews'];

interface MediaBucketProps {
  stage: Stage;
  /** Where accesses are logged; nowhere when absent. */
  logs?: s3.IBucket;
}

/** Uploaded files: encrypted, over TLS only, closed to the public. What can be fetched again goes by age. */
export class MediaBucket extends Construct {
  readonly bucket: s3.Bucket;

  constructor(scope: Construct, id: string, { stage, logs }: MediaBucketProps) {
    super(scope, id);
    const retain = stage.data === 'retain';
    this.bucket = new s3.Bucket(this, 'Bucket', {
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: retain,
      lifecycleRules: [
        { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
        {
          id: 'seldom-read',
          prefix: `${MEDIA_PREFIX}local/`,
          transitions: [{ storageClass: s3.StorageClass.INTELLIGENT_TIERING, transitionAfter: Duration.days(30) }],
        },
        ...(stage.remoteMediaDays > 0 ? FETCHED_AGAIN : []).map((prefix) => ({
          id: `aged-${prefix}`,
          prefix: `${MEDIA_PREFIX}${prefix}/`,
          expiration: Duration.days(stage.remoteMediaDays),
        })),
        // With versions, a deletion (or an accident) can be undone for a month.
        ...(retain
          ? [{ id: 'deleted', noncurrentVersionExpiration: Duration.days(30), expiredObjectDeleteMarker: true }]
          : []),
      ],
      ...(logs ? { serverAccessLogsBucket: logs, serverAccessLogsPrefix: 'media/' } : {}),
      removalPolicy: removalOf(stage),
    });
    emptyWhenDestroyed(this.bucket, stage);
    if (!logs) because(this.bucket, 'AwsSolutions-S1', 'A local AWS keeps no access logs.');
  }
}
