import { randomUUID } from 'node:crypto';
import { serverFault } from './error-response.ts';
import { type HttpApp, type RequestMeta, requestUrl } from './request-meta.ts';

/** A request to an application in the same process. */
export interface InProcessInit extends RequestInit {
  ip?: string;
  requestId?: string;
}

/** Calls an application without a socket: the raw URI in, the response out. Nothing is copied. */
export function inProcess(
  app: HttpApp,
  onError?: (error: unknown, meta: RequestMeta) => void,
): (rawUri: string, init?: InProcessInit) => Promise<Response> {
  return (rawUri, { ip = '127.0.0.1', requestId = randomUUID(), ...init } = {}) => {
    const request = new Request(requestUrl('http', undefined, rawUri), {
      ...init,
      ...(init.body instanceof ReadableStream ? { duplex: 'half' as const } : {}),
    });
    const meta: RequestMeta = { rawUri, ip, requestId };
    return app.fetch(request, meta).catch((error) => {
      onError?.(error, meta);
      return serverFault();
    });
  };
}
