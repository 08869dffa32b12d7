import { defineEndpoint, versions } from '../http/endpoint.ts';
import { answerThumbnail, thumbnailQuery } from './answer-thumbnail.ts';

const path = '/_matrix/media/v3/thumbnail/{serverName}/{mediaId}';

/** A thumbnail, for everybody; deprecated (client-server API, content repository). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0', 'v1'),
  auth: 'none',
  query: thumbnailQuery,
  handle: answerThumbnail,
});
