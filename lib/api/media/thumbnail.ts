import { defineEndpoint } from '../http/endpoint.ts';
import { answerThumbnail, thumbnailQuery } from './answer-thumbnail.ts';

const path = '/_matrix/client/v1/media/thumbnail/{serverName}/{mediaId}';

/** A thumbnail, for whoever has an access token (client-server API, content repository). */
export default defineEndpoint({
  method: 'GET',
  path,

  auth: 'guest',
  query: thumbnailQuery,
  handle: answerThumbnail,
});
