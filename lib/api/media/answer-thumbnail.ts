import { z } from 'zod';
import type { Context } from '../../domain/context.ts';
import { findFile } from '../../domain/media/find-file.ts';
import { mediaLocation } from '../../domain/media/media-location.ts';
import { unknown } from '../../spec/errors.ts';
import type { EndpointRequest } from '../http/endpoint.ts';
import { downloadQuery } from './answer-download.ts';
import { serveFile } from './serve-file.ts';

const pixels = z.coerce.number().int().positive();

/** Which thumbnail is asked for. */
export const thumbnailQuery = downloadQuery.extend({
  width: pixels,
  height: pixels,
  method: z.enum(['crop', 'scale']).optional(),
});

type Thumbnail = EndpointRequest<'guest' | 'none' | 'federation', unknown, z.output<typeof thumbnailQuery>>;

/** Types that a thumbnail may have, with the name that it is given out under. */
const NAMES: Readonly<Record<string, string>> = {
  'image/jpeg': 'thumbnail.jpg',
  'image/png': 'thumbnail.png',
  'image/apng': 'thumbnail.png',
  'image/gif': 'thumbnail.gif',
  'image/webp': 'thumbnail.webp',
};

/**
 * Finds an image and answers with it. Images are not made smaller yet: the original is what any size is answered with,
 * which is never smaller than what was asked for.
 * @throws MatrixError 400 M_UNKNOWN for what is no image, 404 M_NOT_FOUND, 504 M_NOT_YET_UPLOADED
 */
export async function answerThumbnail(ctx: Context, req: Thumbnail): Promise<Response> {
  const hasToken = req.requester !== undefined || req.origin !== undefined;
  const file = await findFile(ctx, mediaLocation(req.params), {
    hasToken,
    allowRemote: req.query.allow_remote !== 'false' && req.origin === undefined,
    timeoutMs: req.query.timeout_ms,
    signal: req.signal,
  });
  const contentType = file.contentType.split(';', 1)[0]!.trim().toLowerCase();
  const fileName = NAMES[contentType];
  if (fileName === undefined) throw unknown('There is no thumbnail of this kind of file.');
  return serveFile(ctx, { ...file, contentType }, req.request, { fileName, hasToken });
}
