import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { UNITS } from '../../functions/units.ts';
import type { ScalingSignal } from '../../lib/routing/unit.ts';
import { metricsNamespace } from '../metrics.ts';
import type { TaskUnit } from './task-unit.ts';

/** Mean CPU use that tasks of a group are kept at. */
const CPU_PERCENT = 60;
/** Clients of one sync task; each asks about 2.4 times a minute when polls last 25 s. */
const POLLS_PER_TASK = 2_000;
const REQUESTS_PER_POLL = 2.4;
/** Positions that a sender or pusher may be behind for each task. */
const LAG_PER_TASK = 500;

/** Has a group grow and shrink by what its units declare: the first signal among them that says anything. */
export function scaleBySignal(unit: TaskUnit, most: number): void {
  const signals = unit.group.units.map((name) => UNITS[name].scaling.signal);
  const order: ScalingSignal[] = ['connections', 'lag', 'cpu'];
  const signal = order.find((one) => signals.includes(one));
  const scaling = unit.service.autoScaleTaskCount({ minCapacity: unit.group.count, maxCapacity: most });
  const cooldown = { scaleInCooldown: Duration.minutes(10), scaleOutCooldown: Duration.minutes(1) };
  if (signal === 'connections' && unit.targets) {
    scaling.scaleOnRequestCount('Polls', {
      targetGroup: unit.targets,
      requestsPerTarget: POLLS_PER_TASK * REQUESTS_PER_POLL,
      ...cooldown,
    });
  } else if (signal === 'lag') {
    const metric = new cloudwatch.Metric({
      namespace: metricsNamespace(unit.stage),
      metricName: 'lag',
      dimensionsMap: { unit: unit.group.units[0]! },
      statistic: 'Maximum',
      period: Duration.minutes(1),
    });
    scaling.scaleToTrackCustomMetric('Lag', { metric, targetValue: LAG_PER_TASK, ...cooldown });
  } else {
    scaling.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: CPU_PERCENT, ...cooldown });
  }
}
