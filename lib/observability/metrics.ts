/** Values of a metric's labels. */
export type Labels = Record<string, string>;

/** A number that only grows. */
export interface Counter {
  inc(labels?: Labels, by?: number): void;
}

/** A number that goes up and down. */
export interface Gauge {
  set(value: number, labels?: Labels): void;
}

/** A distribution: durations in seconds, sizes in bytes or counts. */
export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

/** What a metric is called and means. Names end in their unit: `_seconds`, `_bytes`, `_total`. */
export interface MetricOptions {
  name: string;
  help: string;
  /** Names of the labels that every use gives. */
  labels?: string[];
}

/** {@link MetricOptions} of a histogram. */
export interface HistogramOptions extends MetricOptions {
  /** Upper bounds, ascending. Default: 1 ms to 30 s. */
  buckets?: number[];
}

/** Where metrics go: Prometheus in tasks, CloudWatch embedded metric lines in Lambdas. The same name twice is one metric. */
export interface MetricsBackend {
  counter(options: MetricOptions): Counter;
  gauge(options: MetricOptions): Gauge;
  histogram(options: HistogramOptions): Histogram;
  /** The text for `GET /metrics`; empty where nothing is scraped. */
  render(): Promise<string>;
  readonly contentType: string;
  /** Writes out what was gathered; a Lambda calls it after each invocation. */
  flush(): void;
  close(): void;
}

/** Buckets for durations of requests and statements, in seconds. */
export const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const SIZE_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** The instruments that every process has; further ones come from {@link Metrics.backend}. */
export interface Metrics {
  readonly backend: MetricsBackend;
  /** Seconds per request by `endpoint` (method and template), `unit` and `status`. */
  readonly httpRequests: Histogram;
  /** Position that this process has read or written, by `stream` and `role` (`reader`, `writer`). */
  readonly streamPosition: Gauge;
  /** Commands in one batch of a persister. */
  readonly persistBatchSize: Histogram;
  /** Seconds that one batch of a persister took. */
  readonly persistBatchDuration: Histogram;
  /** Seconds per outbound request by `purpose` and `outcome` (status class or reason of failure). */
  readonly outboundRequests: Histogram;
}

/** The standard instruments on a backend. */
export function createMetrics(backend: MetricsBackend): Metrics {
  return {
    backend,
    httpRequests: backend.histogram({
      name: 'myelin_http_request_duration_seconds',
      help: 'Time to answer a request',
      labels: ['endpoint', 'unit', 'status'],
      buckets: DURATION_BUCKETS,
    }),
    streamPosition: backend.gauge({
      name: 'myelin_stream_position',
      help: 'Position in a stream',
      labels: ['stream', 'role'],
    }),
    persistBatchSize: backend.histogram({
      name: 'myelin_persist_batch_commands',
      help: 'Commands in one batch of the event persister',
      buckets: SIZE_BUCKETS,
    }),
    persistBatchDuration: backend.histogram({
      name: 'myelin_persist_batch_duration_seconds',
      help: 'Time to commit one batch of the event persister',
      buckets: DURATION_BUCKETS,
    }),
    outboundRequests: backend.histogram({
      name: 'myelin_outbound_request_duration_seconds',
      help: 'Time of a request to another server',
      labels: ['purpose', 'outcome'],
      buckets: DURATION_BUCKETS,
    }),
  };
}
