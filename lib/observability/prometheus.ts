import { Counter, collectDefaultMetrics, Gauge, Histogram, type Metric, Registry } from 'prom-client';
import type { MetricsBackend } from './metrics.ts';
import { DURATION_BUCKETS } from './metrics.ts';

/**
 * Metrics that are scraped from `GET /metrics`. Event loop lag, memory and garbage collection come along.
 *
 * @param labels labels of every metric, such as the task's units.
 */
export function prometheusBackend(labels: Record<string, string> = {}): MetricsBackend {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  collectDefaultMetrics({ register: registry });

  function once<M extends Metric>(name: string, make: () => M): M {
    return (registry.getSingleMetric(name) as M | undefined) ?? make();
  }

  return {
    contentType: registry.contentType,
    counter({ name, help, labels: labelNames = [] }) {
      const counter = once(name, () => new Counter({ name, help, labelNames, registers: [registry] }));
      return { inc: (values = {}, by = 1) => counter.inc(values, by) };
    },
    gauge({ name, help, labels: labelNames = [] }) {
      const gauge = once(name, () => new Gauge({ name, help, labelNames, registers: [registry] }));
      return { set: (value, values = {}) => gauge.set(values, value) };
    },
    histogram({ name, help, labels: labelNames = [], buckets = DURATION_BUCKETS }) {
      const histogram = once(name, () => new Histogram({ name, help, labelNames, buckets, registers: [registry] }));
      return { observe: (value, values = {}) => histogram.observe(values, value) };
    },
    render: () => registry.metrics(),
    flush() {},
    close: () => registry.clear(),
  };
}
