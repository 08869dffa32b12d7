import { mxcUri } from '../../domain/media/media-location.ts';
import { uploadFile } from '../../domain/media/upload-file.ts';
import { defineEndpoint, versions } from '../http/endpoint.ts';
import { readUpload } from './read-upload.ts';

const path = '/_matrix/media/v3/upload';

/** Uploads a file (client-server API, content repository). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0', 'v1'),
  auth: 'user',
  allowSuspended: false,
  async handle(ctx, req) {
    return { content_uri: mxcUri(await uploadFile(ctx, readUpload(ctx, req))) };
  },
});
