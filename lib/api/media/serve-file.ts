import type { Context } from '../../domain/context.ts';
import type { FoundFile } from '../../domain/media/find-file.ts';
import { MatrixError, notFound } from '../../spec/errors.ts';
import { jsonResponse } from '../http/json-response.ts';
import { byteRange } from './byte-range.ts';
import { contentDisposition } from './content-disposition.ts';

/** How a file is given out. */
export interface ServeOptions {
  /** The name in Content-Disposition. */
  fileName: string | null;
  /** The request came with an access token: no shared cache may keep the answer. */
  hasToken: boolean;
}

/** As the spec recommends, and sound and video may be played where they are shown. */
const CONTENT_SECURITY_POLICY =
  "sandbox; default-src 'none'; script-src 'none'; plugin-types application/pdf; style-src 'unsafe-inline'; " +
  "media-src 'self'; object-src 'self';";

/**
 * Answers with a file's bytes, streamed: all of them (200), a range (206, 416), none (304, HEAD).
 * @throws MatrixError 404 M_NOT_FOUND when the bytes are lost
 */
export async function serveFile(
  ctx: Context,
  file: FoundFile,
  request: Request,
  options: ServeOptions,
): Promise<Response> {
  const headers = fileHeaders(file, options);
  const etag = headers['etag'] as string;
  if (matches(request.headers.get('if-none-match'), etag)) return new Response(null, { status: 304, headers });
  const range = wantsRange(request, etag) ? byteRange(request.headers.get('range'), file.size) : undefined;
  if (range === 'unsatisfiable') return rangeNotSatisfiable(file.size);
  if (range) headers['content-range'] = `bytes ${range.start}-${range.end}/${file.size}`;
  headers['content-length'] = String(range ? range.end - range.start + 1 : file.size);
  const status = range ? 206 : 200;
  // Nothing is opened that nobody would read.
  if (request.method === 'HEAD') return new Response(null, { status, headers });
  const found = await ctx.blobs.get(file.blobKey, range ? { range } : {});
  if (!found) {
    ctx.log.error({ mediaId: file.mediaId, blobKey: file.blobKey }, 'the bytes of a file are lost');
    throw notFound('The bytes of this file are lost.');
  }
  return new Response(found.body, { status, headers });
}

function fileHeaders(file: FoundFile, { fileName, hasToken }: ServeOptions): Record<string, string> {
  return {
    'content-type': file.contentType,
    'content-disposition': contentDisposition(file.contentType, fileName),
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'cross-origin-resource-policy': 'cross-origin',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    // A file never changes, but it may be taken back: shared caches ask again after a day.
    'cache-control': hasToken
      ? 'private, max-age=31536000, immutable'
      : 'public, max-age=31536000, s-maxage=86400, immutable',
    etag: `"${file.sha256.toString('hex')}"`,
    'accept-ranges': 'bytes',
  };
}

function matches(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return header.trim() === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

/** With `If-Range`, a range is only wanted of the very bytes that the client has a part of. */
function wantsRange(request: Request, etag: string): boolean {
  const condition = request.headers.get('if-range');
  return condition === null || condition.trim() === etag;
}

function rangeNotSatisfiable(size: number): Response {
  const error = new MatrixError(416, 'M_INVALID_PARAM', `The file has ${size} bytes, none of them in this range.`);
  const response = jsonResponse(416, JSON.stringify(error.toJSON()));
  response.headers.set('content-range', `bytes */${size}`);
  return response;
}
