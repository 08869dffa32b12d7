import { type Attributes, context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { TracingSettings } from './tracing-sdk.ts';

/** Carries a trace from one process of this server to another: headers, by their names in small letters. */
export type TraceHeaders = Record<string, string>;

/** The part of a request that a span is about. */
export interface SpanFacts {
  /** `server`: a request comes in; `client`: one goes out; `internal`: neither. */
  kind: 'server' | 'client' | 'internal';
  attributes?: Attributes;
  /** Headers of the process that asked; without them the span belongs to the one that is under way. */
  from?: Readonly<Record<string, string | string[] | undefined>>;
}

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL } as const;

const MOST_SQL = 500;

let flush: (() => Promise<void>) | undefined;

/**
 * Has spans of this process written, if it is configured: until then, and without it, {@link inSpan} costs nothing. The
 * program behind it is loaded here only. Once per process.
 * @param units names of its units, as the traces' service
 */
export async function startTracing(settings: TracingSettings, serverName: string, units: string): Promise<void> {
  if (settings.exporter === 'none' || flush) return;
  const { openTracing, useTracing } = await import('./tracing-sdk.ts');
  const tracing = openTracing(settings, serverName, units);
  useTracing(tracing);
  flush = tracing.flush;
}

/** Writes out what is finished. A Lambda does it before it stands still, a task before it ends. */
export async function flushTracing(): Promise<void> {
  await flush?.().catch(() => {});
}

/**
 * Does something as a span of the trace that is under way.
 * @param name few different ones: an endpoint, a command, never an identifier
 * @param body gets the span to add what is known later; undefined when nothing is traced
 */
export async function inSpan<T>(
  name: string,
  { kind, attributes = {}, from }: SpanFacts,
  body: (span: Span | undefined) => Promise<T>,
): Promise<T> {
  if (!flush) return body(undefined);
  const parent = from ? propagation.extract(context.active(), from) : (lambdaParent(kind) ?? context.active());
  const tracer = trace.getTracer('myelin');
  return tracer.startActiveSpan(name, { kind: KINDS[kind], attributes }, parent, async (span) => {
    try {
      return await body(span);
    } catch (error) {
      // The class only: messages may name rooms and users.
      span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error)?.name ?? 'Error' });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Runs a statement as a span of what asks for it. Statements of loops that nobody asked for are none. */
export async function inStatement<T>(sql: string, body: () => Promise<T>): Promise<T> {
  if (!flush || !trace.getActiveSpan()) return body();
  // Values travel beside a statement, never in it.
  const text = sql.replace(/\s+/g, ' ').trim().slice(0, MOST_SQL);
  const attributes = { 'db.system.name': 'postgresql', 'db.query.text': text };
  return inSpan(text.slice(0, text.search(/ |$/)), { kind: 'client', attributes }, body);
}

/** What another process has to be told for its spans to belong to this trace; nothing where nothing is traced. */
export function traceHeaders(): TraceHeaders {
  const headers: TraceHeaders = {};
  if (flush) propagation.inject(context.active(), headers);
  return headers;
}

/**
 * In a Lambda the platform has begun the trace of a request, and says so in the environment:
 * `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`.
 */
function lambdaParent(kind: SpanFacts['kind']) {
  const header = kind === 'server' ? process.env['_X_AMZN_TRACE_ID'] : undefined;
  const match = header && /Root=1-([0-9a-f]{8})-([0-9a-f]{24}).*?Parent=([0-9a-f]{16}).*?Sampled=([01])/.exec(header);
  if (!match) return undefined;
  const [, time, rest, parent, sampled] = match;
  return propagation.extract(context.active(), { traceparent: `00-${time}${rest}-${parent}-0${sampled}` });
}
