import type { Rendezvous } from '../../../domain/rendezvous/rendezvous.ts';
import { MOST_BYTES } from '../../../domain/rendezvous/rendezvous.ts';
import { invalidParam, tooLarge } from '../../../spec/errors.ts';

/**
 * The text that a client puts into a mailbox (MSC4108).
 * @throws MatrixError 413 M_TOO_LARGE, 400 M_INVALID_PARAM for something that is not text.
 */
export async function readText(request: Request): Promise<{ data: string; contentType: string }> {
  const contentType = request.headers.get('content-type') ?? 'text/plain';
  if (!/^text\/plain\b/.test(contentType)) throw invalidParam('The content must be of type text/plain.');
  if (Number(request.headers.get('content-length') ?? 0) > MOST_BYTES)
    throw tooLarge(`The content may have at most ${MOST_BYTES} bytes.`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (request.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MOST_BYTES) throw tooLarge(`The content may have at most ${MOST_BYTES} bytes.`);
    chunks.push(chunk);
  }
  try {
    const data = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    return { data, contentType: 'text/plain' };
  } catch {
    throw invalidParam('The content is not valid UTF-8.');
  }
}

/** Headers of every answer about a mailbox. */
export function rendezvousHeaders({ version, modifiedTs, expiresTs }: Rendezvous): Record<string, string> {
  return {
    etag: `"${version}"`,
    'last-modified': new Date(modifiedTs).toUTCString(),
    expires: new Date(expiresTs).toUTCString(),
    'cache-control': 'no-store',
    pragma: 'no-cache',
    'x-max-bytes': String(MOST_BYTES),
    'access-control-expose-headers': 'ETag',
  };
}

/** The version that a header such as `If-Match` names. */
export function versionIn(header: string | null): string | undefined {
  return header === null ? undefined : header.replace(/^(?:W\/)?"(.*)"$/, '$1');
}
