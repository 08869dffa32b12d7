import { defineEndpoint } from '../http/endpoint.ts';
import { answerDownload, downloadQuery } from './answer-download.ts';

const path = '/_matrix/client/v1/media/download/{serverName}/{mediaId}';

/** A file, for whoever has an access token (client-server API, content repository). */
export default defineEndpoint({
  method: 'GET',
  path,

  auth: 'guest',
  query: downloadQuery,
  handle: answerDownload,
});
