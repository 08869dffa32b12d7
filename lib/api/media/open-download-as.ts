import { defineEndpoint, versions } from '../http/endpoint.ts';
import { answerDownload, downloadQuery } from './answer-download.ts';

const path = '/_matrix/media/v3/download/{serverName}/{mediaId}/{fileName}';

/** A file under another name, for everybody; deprecated (client-server API, content repository). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0', 'v1'),
  auth: 'none',
  query: downloadQuery,
  handle: answerDownload,
});
