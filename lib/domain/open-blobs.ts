import type { Config } from '../config/config.ts';
import { FileBlobs } from '../platform/adapters/file-blobs.ts';
import type { Blobs } from '../platform/blobs.ts';

/** The store of uploaded files that the configuration names, and its end. */
export async function openBlobs({ media }: Config): Promise<{ blobs: Blobs; close(): void }> {
  const { bucket, prefix, region, endpoint, forcePathStyle } = media.s3;
  if (!bucket) return { blobs: new FileBlobs(media.directory), close() {} };
  // Loaded only where it is used: the SDK takes a quarter of a second and tens of megabytes.
  const [{ S3Client }, { S3Blobs }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('../platform/adapters/s3-blobs.ts'),
  ]);
  const client = new S3Client({
    forcePathStyle,
    ...(region ? { region } : {}),
    ...(endpoint ? { endpoint } : {}),
  });
  return { blobs: new S3Blobs({ client, bucket, prefix }), close: () => client.destroy() };
}
