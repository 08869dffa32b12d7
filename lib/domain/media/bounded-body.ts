import { ReadableStream } from 'node:stream/web';
import { MatrixError, tooLarge } from '../../spec/errors.ts';

/**
 * The body of an upload as it comes in, one chunk at a time. It fails with MatrixError 413 M_TOO_LARGE as soon as it is
 * longer than `maxBytes`, and with 400 M_UNKNOWN when the client goes away in the middle.
 */
export function boundedBody(body: ReadableStream<Uint8Array> | null, maxBytes: number): ReadableStream<Uint8Array> {
  const reader = (body ?? emptyBody()).getReader();
  let size = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const part = await reader.read().catch(() => {
          throw new MatrixError(400, 'M_UNKNOWN', 'The upload broke off.');
        });
        if (part.done) return controller.close();
        size += part.value.byteLength;
        if (size > maxBytes) {
          await reader.cancel().catch(() => {});
          throw uploadTooLarge(maxBytes);
        }
        controller.enqueue(part.value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing is read before it is asked for.
    { highWaterMark: 0 },
  );
}

/** 413 M_TOO_LARGE for a file of more than `maxBytes`. */
export function uploadTooLarge(maxBytes: number): MatrixError {
  return tooLarge(`The file has more than ${maxBytes} bytes.`);
}

function emptyBody(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}
