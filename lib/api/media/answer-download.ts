import { z } from 'zod';
import type { Context } from '../../domain/context.ts';
import { findFile } from '../../domain/media/find-file.ts';
import { mediaLocation } from '../../domain/media/media-location.ts';
import { uploadedName } from '../../domain/media/upload-facts.ts';
import type { EndpointRequest } from '../http/endpoint.ts';
import { serveFile } from './serve-file.ts';

/** What a download may ask. `allow_redirect` is accepted: nobody is redirected. */
export const downloadQuery = z.looseObject({
  timeout_ms: z.coerce.number().int().nonnegative().optional(),
  allow_remote: z.enum(['true', 'false']).optional(),
});

type Download = EndpointRequest<'guest' | 'none' | 'federation', unknown, z.output<typeof downloadQuery>>;

/**
 * Finds a file and answers with its bytes, under the name in the path if there is one.
 * @throws MatrixError 404 M_NOT_FOUND, 504 M_NOT_YET_UPLOADED
 */
export async function answerDownload(ctx: Context, req: Download): Promise<Response> {
  const hasToken = req.requester !== undefined || req.origin !== undefined;
  const file = await findFile(ctx, mediaLocation(req.params), {
    hasToken,
    allowRemote: req.query.allow_remote !== 'false' && req.origin === undefined,
    timeoutMs: req.query.timeout_ms,
    signal: req.signal,
    despiteQuarantine:
      req.requester?.isAdmin === true && req.searchParams.get('admin_unsafely_bypass_quarantine') === 'true',
  });
  const fileName = uploadedName(req.params['fileName'] ?? null) ?? file.fileName;
  return serveFile(ctx, file, req.request, { fileName, hasToken });
}
