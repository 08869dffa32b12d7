import type { Config } from '../config/config.ts';
import { FileBlobs } from '../platform/adapters/file-blobs.ts';
import type { Blobs } from '../platform/blobs.ts';
import type { UnitSpec } from '../routing/unit.ts';

/**
 * The store of uploaded files that the configuration names, and its end.
 * @param units the units of this process; absent: all. Where none of them needs S3, its bundle may lack the SDK and its
 *   role the permission: a bucket is then not opened, and using it is a fault.
 */
export async function openBlobs(
  { media }: Config,
  units: readonly UnitSpec[] | undefined,
): Promise<{ blobs: Blobs; close(): void }> {
  const { bucket, prefix, region, endpoint, forcePathStyle } = media.s3;
  if (!bucket) return { blobs: new FileBlobs(media.directory), close() {} };
  if (units && !units.some(({ needs }) => needs.includes('s3'))) return { blobs: absentBlobs, close() {} };
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

const absent = (): never => {
  throw new Error('none of the units of this process declares a need for S3');
};
const absentBlobs: Blobs = { put: absent, get: absent, head: absent, delete: absent, list: absent };
