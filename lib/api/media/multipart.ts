import { randomUUID } from 'node:crypto';

const encoder = new TextEncoder();

/**
 * A file's answer as `multipart/mixed` (server-server API, `GET /media/download`): first what is known of it, which is
 * nothing yet, then its bytes, streamed.
 */
export function asMultipart(file: Response): Response {
  const boundary = randomUUID();
  const headers = ['content-type', 'content-disposition']
    .flatMap((name) => (file.headers.has(name) ? [`${name}: ${file.headers.get(name)}\r\n`] : []))
    .join('');
  const before = encoder.encode(
    `--${boundary}\r\ncontent-type: application/json\r\n\r\n{}\r\n--${boundary}\r\n${headers}\r\n`,
  );
  const after = encoder.encode(`\r\n--${boundary}--\r\n`);
  const length = Number(file.headers.get('content-length'));
  return new Response(between(before, file.body, after), {
    status: file.status,
    headers: {
      'content-type': `multipart/mixed; boundary=${boundary}`,
      'content-length': String(before.byteLength + length + after.byteLength),
      'cache-control': 'private',
    },
  });
}

/** Bytes, then those of a stream, then bytes. */
function between(before: Uint8Array, body: Response['body'], after: Uint8Array): ReadableStream<Uint8Array> {
  const reader = body?.getReader();
  let isBegun = false;
  return new ReadableStream({
    async pull(controller) {
      if (!isBegun) {
        isBegun = true;
        controller.enqueue(before);
        return;
      }
      const next = await reader?.read();
      if (next && !next.done) controller.enqueue(next.value as Uint8Array);
      else {
        controller.enqueue(after);
        controller.close();
      }
    },
    cancel: (reason) => reader?.cancel(reason),
  });
}
