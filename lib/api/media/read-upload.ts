import type { ReadableStream } from 'node:stream/web';
import type { Context } from '../../domain/context.ts';
import { uploadTooLarge } from '../../domain/media/bounded-body.ts';
import { uploadedName, uploadedType } from '../../domain/media/upload-facts.ts';
import type { Upload } from '../../domain/media/upload-file.ts';
import type { EndpointRequest } from '../http/endpoint.ts';

/**
 * What a request uploads; its body is not read yet.
 * @throws MatrixError 413 M_TOO_LARGE when it announces more than is allowed
 */
export function readUpload(ctx: Context, { request, requester, searchParams }: EndpointRequest<'user'>): Upload {
  const { maxUploadBytes } = ctx.config.limits;
  if (Number(request.headers.get('content-length') ?? 0) > maxUploadBytes) throw uploadTooLarge(maxUploadBytes);
  return {
    userId: requester.userId,
    contentType: uploadedType(request.headers.get('content-type')),
    fileName: uploadedName(searchParams.get('filename')),
    body: request.body as ReadableStream<Uint8Array> | null,
  };
}
