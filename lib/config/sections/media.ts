import { bool, bytes, optional, path, section, setting, text, url } from '../fields.ts';

const MiB = 1024 * 1024;

export const media = section('Where uploaded files are kept, and how they are given out.', {
  directory: optional(path(), 'Folder of the files when no S3 bucket is named.', {
    defaultNote: 'media in the data directory',
  }),
  s3: section('Keep files in an S3 bucket. Credentials come from the environment, as in every AWS tool.', {
    bucket: optional(text(), 'Name of the bucket.'),
    prefix: setting(text(), 'media/', 'What every key in the bucket starts with.'),
    region: optional(text(), 'Region of the bucket.', { defaultNote: 'AWS_REGION' }),
    endpoint: optional(url('https', 'http'), 'Address of an S3-compatible store.', { defaultNote: 'AWS itself' }),
    forcePathStyle: setting(bool(), false, 'The bucket stands in the path, not in the host name.'),
  }),
  unauthenticatedDownloads: setting(
    bool(),
    true,
    'Also serve /_matrix/media/v3/download and /thumbnail, which ask for no access token.',
  ),
});

export const urlPreviews = section('Previews of links in messages.', {
  enabled: setting(bool(), false, 'Fetch pages for previews.'),
  allowPrivateAddresses: setting(bool(), false, 'Also from loopback and private networks. For tests only.'),
  maxPageBytes: setting(bytes(), 10 * MiB, 'Longest page that is read.'),
});
