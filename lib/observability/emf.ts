import type { Labels, MetricsBackend } from './metrics.ts';

interface Series {
  name: string;
  labels: Labels;
  values: number[];
}

// CloudWatch takes no more values of one metric on a line.
const MOST_VALUES = 100;

/**
 * Metrics as CloudWatch embedded metric lines on standard output, for Lambdas, which nobody can scrape. Values gather
 * until {@link MetricsBackend.flush}.
 *
 * @param labels dimensions of every metric, such as the unit.
 * @param dimensions labels of single metrics that are dimensions too (default: all). CloudWatch charges for each
 *   combination of values; what is left out stays on the line, for Logs Insights.
 */
export function emfBackend(
  labels: Labels = {},
  write: (line: string) => void = (line) => process.stdout.write(line),
  namespace = 'Myelin',
  dimensions?: readonly string[],
): MetricsBackend {
  const gathered = new Map<string, Series>();

  function add(name: string, own: Labels, value: number, merge: 'all' | 'sum' | 'last'): void {
    const all = { ...labels, ...own };
    const key = JSON.stringify([name, all]);
    const series = gathered.get(key) ?? { name, labels: all, values: [] };
    if (merge === 'sum') series.values = [(series.values[0] ?? 0) + value];
    else if (merge === 'last') series.values = [value];
    else series.values.push(value);
    gathered.set(key, series);
    if (series.values.length >= MOST_VALUES) emit(key, series);
  }

  function emit(key: string, { name, labels: all, values }: Series): void {
    gathered.delete(key);
    const unit = /_seconds$/.test(name) ? 'Seconds' : /_bytes$/.test(name) ? 'Bytes' : 'Count';
    const names = Object.keys(all).filter((label) => label in labels || !dimensions || dimensions.includes(label));
    const metric = { Namespace: namespace, Dimensions: [names], Metrics: [{ Name: name, Unit: unit }] };
    const meta = { Timestamp: Date.now(), CloudWatchMetrics: [metric] };
    write(`${JSON.stringify({ _aws: meta, ...all, [name]: values.length === 1 ? values[0] : values })}\n`);
  }

  const flush = () => {
    for (const [key, series] of gathered) emit(key, series);
  };
  return {
    contentType: 'text/plain',
    counter: ({ name }) => ({ inc: (own = {}, by = 1) => add(name, own, by, 'sum') }),
    gauge: ({ name }) => ({ set: (value, own = {}) => add(name, own, value, 'last') }),
    histogram: ({ name }) => ({ observe: (value, own = {}) => add(name, own, value, 'all') }),
    render: async () => '',
    flush,
    close: flush,
  };
}
