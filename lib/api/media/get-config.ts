import { defineEndpoint, versions } from '../http/endpoint.ts';

const former = '/_matrix/media/v3/config';

/** What the content repository takes (client-server API, content repository). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/client/v1/media/config',
  aliases: [former, ...versions(former, 'r0', 'v1')],
  auth: 'user',
  handle: (ctx) => ({ 'm.upload.size': ctx.config.limits.maxUploadBytes }),
});
