import { request } from 'node:http';
import type { HandlerCase } from './handler-cases.ts';
import type { Answer } from './handler-suite.ts';

/** Sends a request whose target goes out byte for byte (fetch would normalise it). */
export function rawRequest(port: number, { method, uri, headers, body }: HandlerCase): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path: uri,
        headers: [
          ['host', `127.0.0.1:${port}`],
          ...(body ? [['content-length', String(body.length)]] : []),
          ...(headers ?? []),
        ].flat(),
      },
      (incoming) => {
        incoming.toArray().then((chunks) => {
          const answer = new Headers();
          for (let at = 0; at < incoming.rawHeaders.length; at += 2)
            answer.append(incoming.rawHeaders[at]!, incoming.rawHeaders[at + 1]!);
          resolve({ status: incoming.statusCode!, headers: answer, body: Buffer.concat(chunks) });
        }, reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
