import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Agent } from 'undici';
import { UNITS } from '../../functions/units.ts';
import type { LambdaResult } from '../api/http/adapters/lambda-results.ts';
import { fromLambdaResult, toRestEvent } from '../api/http/adapters/rest-event.ts';
import type { FrontUnit } from '../routing/unit-names.ts';
import { answerError } from './gateway-error.ts';
import { INVOKE_PATH } from './lambda-host.ts';
import { GATEWAY_BODY_BYTES, INTEGRATION_TIMEOUT_MS, LAMBDA_EVENT_BYTES, STREAMED_TIMEOUT_MS } from './limits.ts';
import { isStreamed, readPrelude } from './streaming-runtime.ts';
import type { Targets } from './targets.ts';

/** What the gateway knows of a request. */
export interface GatewayRequest {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
  unit: FrontUnit;
  rawUri: string;
  ip: string;
  requestId: string;
  /** See `balanceKey`. */
  key: string | undefined;
}

const RETRY_MS = 100;

/** Calls the functions behind Lambda routes with the events that API Gateway makes, within its limits. */
export class LambdaInvoker {
  readonly #targets: Targets;
  readonly #stage: { stage: string; domainName: string };
  readonly #agent = new Agent({ connections: 512, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });

  constructor(targets: Targets, domainName: string) {
    this.#targets = targets;
    this.#stage = { stage: 'local', domainName };
  }

  async serve(request: GatewayRequest): Promise<void> {
    const { incoming, outgoing, rawUri, ip, requestId } = request;
    const body = await readBody(incoming);
    if (body === undefined) return answerError(outgoing, 'tooLarge');
    const headers: [string, string][] = [];
    for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
      headers.push([incoming.rawHeaders[i] as string, incoming.rawHeaders[i + 1] as string]);
    }
    const wire = { method: incoming.method ?? 'GET', rawUri, headers, body, ip, requestId };
    const event = JSON.stringify(toRestEvent(wire, this.#stage));
    if (Buffer.byteLength(event) > LAMBDA_EVENT_BYTES) return answerError(outgoing, 'tooLarge');
    await this.#invoke(request, event);
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #invoke({ outgoing, unit, key }: GatewayRequest, event: string): Promise<void> {
    const streams = UNITS[unit].streamsAnswers ?? false;
    const signal = AbortSignal.timeout(streams ? STREAMED_TIMEOUT_MS : INTEGRATION_TIMEOUT_MS);
    while (!signal.aborted && !outgoing.destroyed) {
      const target = this.#targets.pick(unit, key);
      if (!target) {
        await this.#targets.change(RETRY_MS);
        continue;
      }
      try {
        const answer = await this.#agent.request({
          origin: target,
          path: INVOKE_PATH,
          method: 'POST',
          body: event,
          signal,
        });
        // A function that throws makes API Gateway say 502.
        if (answer.statusCode !== 200) return answerError(outgoing, 'broken');
        if (isStreamed(answer.headers)) return await stream(outgoing, answer.body);
        const result = await answer.body.text();
        return await write(outgoing, fromLambdaResult(JSON.parse(result) as LambdaResult));
      } catch (error) {
        if (signal.aborted) break;
        // Nothing was started there; one that broke off may have done its work, so only the client may repeat it.
        if ((error as { code?: string }).code !== 'ECONNREFUSED') return answerError(outgoing, 'broken');
        this.#targets.suspect(target);
        await this.#targets.change(RETRY_MS);
      }
    }
    answerError(outgoing, 'timeout');
  }
}

async function stream(outgoing: ServerResponse, answer: AsyncIterable<Uint8Array>): Promise<void> {
  const { prelude, body } = await readPrelude(answer);
  outgoing.writeHead(prelude.statusCode, { ...prelude.headers, ...prelude.multiValueHeaders });
  await pipeline(body, outgoing);
}

async function write(outgoing: ServerResponse, response: Response): Promise<void> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of response.headers) if (name !== 'set-cookie') headers[name] = value;
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  const body = response.body ? Buffer.from(await response.arrayBuffer()) : undefined;
  if (response.status !== 204 && response.status !== 304) headers['content-length'] = String(body?.length ?? 0);
  outgoing.writeHead(response.status, headers);
  outgoing.end(body);
}

async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(incoming.headers['content-length'] ?? 0) > GATEWAY_BODY_BYTES) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += chunk.length;
    if (length > GATEWAY_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
