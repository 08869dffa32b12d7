/** A response whose JSON text comes in pieces, so that it is never in memory as a whole. */
export function streamedJson(pieces: AsyncGenerator<string>): Response {
  const body = ReadableStream.from(pieces).pipeThrough(new TextEncoderStream());
  return new Response(body as ReadableStream<Uint8Array>, { headers: { 'content-type': 'application/json' } });
}
