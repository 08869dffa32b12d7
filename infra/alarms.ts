import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

/** One failure mode: what is measured, from when it is one, and where the runbook says what to do. */
export interface AlarmSpec {
  /** Name of its paragraph in docs/runbook.md, and of the alarm. */
  id: string;
  /** Added to the name where several alarms are about one failure. */
  part?: number;
  /** What is wrong, in one sentence. */
  says: string;
  metric: cloudwatch.IMetric;
  threshold: number;
  /** Default: at or above the threshold. */
  below?: boolean;
  /** Periods in a row. Default 3. */
  periods?: number;
  /** When nothing is measured that is wrong too. */
  missingIsBad?: boolean;
}

/** A metric of AWS's own, by the minute or five. */
export function awsMetric(
  namespace: string,
  metricName: string,
  dimensionsMap: Record<string, string>,
  statistic = 'Sum',
  minutes = 5,
): cloudwatch.Metric {
  return new cloudwatch.Metric({ namespace, metricName, dimensionsMap, statistic, period: Duration.minutes(minutes) });
}

/** The sum of several metrics. */
export function sumOf(metrics: readonly cloudwatch.IMetric[], label: string): cloudwatch.IMetric {
  const [first] = metrics;
  if (metrics.length === 1 && first) return first;
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  return new cloudwatch.MathExpression({
    expression: `SUM([${Object.keys(usingMetrics).join(',')}])`,
    usingMetrics,
    label,
    period: Duration.minutes(5),
  });
}

/** The largest of several metrics. */
export function maxOf(metrics: readonly cloudwatch.IMetric[], label: string): cloudwatch.IMetric {
  const [first] = metrics;
  if (metrics.length === 1 && first) return first;
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  return new cloudwatch.MathExpression({
    expression: `MAX([${Object.keys(usingMetrics).join(',')}])`,
    usingMetrics,
    label,
    period: Duration.minutes(5),
  });
}
