import { createSocket } from 'node:dgram';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { type ExportResult, ExportResultCode, W3CTraceContextPropagator } from '@opentelemetry/core';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';

/** As in the configuration's `tracing`. */
export interface TracingSettings {
  exporter: 'none' | 'otlp' | 'xray';
  otlpUrl: string;
  sampleRatio: number;
}

const SEND_MS = 5_000;
/** So many fit into a datagram of 64 KB, in base64. */
const SPANS_AT_ONCE = 32;
const MOST_DATAGRAM_BYTES = 65_000;
/** What the X-Ray daemon takes: its header, then OTLP of sampled spans in base64. */
const DATAGRAM_HEADER = '{"format":"json","version":1}\nT1S';

/** Spans of a process on their way out. */
interface OpenTracing {
  provider: TracerProvider;
  /** Writes out all that is finished. */
  flush(): Promise<void>;
}

/** Makes what spans come from. {@link useTracing} has the process use it. */
export function openTracing(settings: TracingSettings, serverName: string, units: string): OpenTracing {
  const exporter = new SendingExporter(
    settings.exporter === 'xray' ? toDaemon : (spans) => toCollector(spans, settings),
  );
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': `myelin-${units}`, 'myelin.server_name': serverName }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(settings.sampleRatio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter, maxExportBatchSize: SPANS_AT_ONCE })],
  });
  return { provider, flush: () => provider.forceFlush({ timeoutMillis: SEND_MS }) };
}

/** Has everything in this process that makes spans make them there. */
export function useTracing({ provider }: OpenTracing): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
}

/** Hands finished spans on. Whatever cannot be sent is lost: a trace is worth no retry. */
class SendingExporter implements SpanExporter {
  readonly #send: (spans: ReadableSpan[]) => Promise<void>;

  constructor(send: (spans: ReadableSpan[]) => Promise<void>) {
    this.#send = send;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#send(spans).then(
      () => done({ code: ExportResultCode.SUCCESS }),
      (error: Error) => done({ code: ExportResultCode.FAILED, error }),
    );
  }

  async shutdown(): Promise<void> {}
}

/** To an OpenTelemetry collector, by OTLP over HTTP, in JSON. */
async function toCollector(spans: ReadableSpan[], { otlpUrl }: TracingSettings): Promise<void> {
  const response = await fetch(otlpUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JsonTraceSerializer.serializeRequest(spans) as Uint8Array<ArrayBuffer>,
    signal: AbortSignal.timeout(SEND_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the collector answered ${response.status}`);
}

/** To the X-Ray daemon that Lambda runs beside each function: no way out of the network is needed. */
async function toDaemon(spans: ReadableSpan[]): Promise<void> {
  const [host = '127.0.0.1', port = '2000'] = (process.env['AWS_XRAY_DAEMON_ADDRESS'] ?? '').split(':').filter(Boolean);
  const text = DATAGRAM_HEADER + Buffer.from(ProtobufTraceSerializer.serializeRequest(spans) ?? []).toString('base64');
  if (text.length > MOST_DATAGRAM_BYTES) throw new Error('the spans do not fit into a datagram');
  const socket = createSocket('udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.send(text, Number(port), host, (error) => (error ? reject(error) : resolve()));
    });
  } finally {
    socket.close();
  }
}
