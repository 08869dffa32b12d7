import type { HttpApp, RequestMeta } from '../../lib/api/http/adapters/request-meta.ts';

/** What the echo application says that it saw. */
export interface Echo {
  method: string;
  rawUri: string;
  ip: string;
  requestId: string;
  headers: Record<string, string>;
  bodyBase64: string;
}

export const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, index) => index);

/** An application that shows what adapters make of requests and responses. Everything but `/_test/…` is echoed. */
export const echoApp: HttpApp = {
  async fetch(request, meta) {
    const url = new URL(`http://x${meta.rawUri}`);
    if (!url.pathname.startsWith('/_test/')) return echo(request, meta);
    switch (url.pathname.slice('/_test/'.length)) {
      case 'binary':
        return new Response(ALL_BYTES, { headers: { 'content-type': 'image/png', etag: '"x"' } });
      case 'cookies': {
        const response = new Response('ok', { headers: { 'content-type': 'text/plain' } });
        response.headers.append('set-cookie', 'a=1; Path=/');
        response.headers.append('set-cookie', 'b=2; Expires=Wed, 21 Oct 2099 07:28:00 GMT');
        return response;
      }
      case 'redirect':
        return new Response(null, { status: 302, headers: { location: 'https://example.org/a?b=c%2Fd' } });
      case 'nothing':
        return new Response(null, { status: 204 });
      case 'error':
        return Response.json({ errcode: 'M_LIMIT_EXCEEDED', error: 'Zu viel ✓', retry_after_ms: 5 }, { status: 429 });
      case 'throws':
        throw new Error('the application failed with a secret');
      case 'stream':
        return new Response(chunks(Number(url.searchParams.get('chunks') ?? 3)), {
          headers: { 'content-type': 'application/octet-stream' },
        });
      case 'broken':
        return new Response(brokenBody(), { headers: { 'content-type': 'application/octet-stream' } });
      case 'large': {
        const filling = url.searchParams.get('of') ?? 'x';
        return new Response(filling.repeat(Number(url.searchParams.get('bytes'))), {
          headers: { 'content-type': 'application/json' },
        });
      }
      default:
        return new Response(null, { status: 404 });
    }
  },
};

async function echo(request: Request, meta: RequestMeta): Promise<Response> {
  const body = Buffer.from(await request.arrayBuffer());
  const seen: Echo = {
    method: request.method,
    ...meta,
    headers: Object.fromEntries(request.headers),
    bodyBase64: body.toString('base64'),
  };
  return Response.json(seen);
}

/** Chunks of 1000 bytes, each of its own number, with a pause after each. */
function chunks(count: number): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream({
    async pull(controller) {
      if (sent === count) return controller.close();
      controller.enqueue(new Uint8Array(1000).fill(sent++));
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
  });
}

function brokenBody(): ReadableStream<Uint8Array> {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (sent) throw new Error('the disk went away');
      sent = true;
      controller.enqueue(new Uint8Array(1000));
    },
  });
}
