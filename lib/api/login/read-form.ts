import { tooLarge } from '../../spec/errors.ts';

const MAX_FORM_BYTES = 65_536;

/**
 * Reads a form that a browser sent (`application/x-www-form-urlencoded`).
 * @throws MatrixError 413 M_TOO_LARGE
 */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (request.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MAX_FORM_BYTES) throw tooLarge(`The form has more than ${MAX_FORM_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}
