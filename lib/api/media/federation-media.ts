import { defineEndpoint, type Endpoint } from '../http/endpoint.ts';
import { answerDownload, downloadQuery } from './answer-download.ts';
import { answerThumbnail, thumbnailQuery } from './answer-thumbnail.ts';
import { asMultipart } from './multipart.ts';

/** Files of this server for other servers (server-server API, "Content Repository"). */
export const federationMedia: Endpoint[] = [
  defineEndpoint({
    method: 'GET',
    path: '/_matrix/federation/v1/media/download/{mediaId}',
    auth: 'federation',
    query: downloadQuery,
    handle: async (ctx, req) => asMultipart(await answerDownload(ctx, { ...req, ...ofThisServer(ctx, req) })),
  }),
  defineEndpoint({
    method: 'GET',
    path: '/_matrix/federation/v1/media/thumbnail/{mediaId}',
    auth: 'federation',
    query: thumbnailQuery,
    handle: async (ctx, req) => asMultipart(await answerThumbnail(ctx, { ...req, ...ofThisServer(ctx, req) })),
  }),
];

/** The same request as of a client, for the whole file: parts and conditions are not for servers. */
function ofThisServer(
  { serverName }: { serverName: string },
  { params, request }: { params: Record<string, string>; request: Request },
): { params: Record<string, string>; request: Request } {
  return { params: { ...params, serverName }, request: new Request(request.url) };
}
