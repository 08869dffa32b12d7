import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { awsMetric } from './alarms.ts';
import { metricsNamespace } from './metrics.ts';
import { API_STAGE } from './ports.ts';
import type { DataStack } from './stacks/data.ts';
import type { EdgeStack } from './stacks/edge.ts';
import type { FunctionsStack } from './stacks/functions.ts';
import type { ObjectsStack } from './stacks/objects.ts';
import type { TasksStack } from './stacks/tasks.ts';
import type { Stage } from './stages.ts';

/** Everything of a stage that is watched. */
export interface Watched {
  stage: Stage;
  edge: EdgeStack;
  data: DataStack;
  objects: ObjectsStack;
  tasks: TasksStack;
  functions: FunctionsStack;
}

/** The metrics of a stage, for alarms and dashboard alike. */
export function measuresOf({ stage, edge, data, objects, tasks, functions }: Watched) {
  const api = { ApiName: `myelin-${stage.name}`, Stage: API_STAGE };
  const database = { DBInstanceIdentifier: data.database.instance.instanceIdentifier };
  const own = (metricName: string, dimensionsMap: Record<string, string> = {}, statistic = 'Maximum') =>
    new cloudwatch.Metric({
      namespace: metricsNamespace(stage),
      metricName,
      dimensionsMap,
      statistic,
      period: Duration.minutes(5),
    });
  const lambdas = Object.values(functions.units);
  const targets = tasks.units.flatMap((unit) => unit.targets ?? []);
  const balancer = { LoadBalancer: edge.balancer.loadBalancerFullName };
  return {
    requests: awsMetric('AWS/ApiGateway', 'Count', api),
    gatewayFaults: awsMetric('AWS/ApiGateway', '5XXError', api),
    gatewayLatency: awsMetric('AWS/ApiGateway', 'Latency', api, 'p95'),
    lambdaInvocations: lambdas.map((unit) => unit.function.metricInvocations({ label: unit.name })),
    lambdaErrors: lambdas.map((unit) => unit.function.metricErrors({ label: unit.name })),
    lambdaThrottles: lambdas.map((unit) => unit.function.metricThrottles({ label: unit.name })),
    lambdaDuration: lambdas.map((unit) => unit.function.metricDuration({ label: unit.name, statistic: 'p95' })),
    tasksRequests: awsMetric('AWS/ApplicationELB', 'RequestCount', balancer),
    tasksFaults: awsMetric('AWS/ApplicationELB', 'HTTPCode_Target_5XX_Count', balancer),
    unhealthy: targets.map((target) =>
      awsMetric(
        'AWS/ApplicationELB',
        'UnHealthyHostCount',
        { ...balancer, TargetGroup: target.targetGroupFullName },
        'Maximum',
      ),
    ),
    memory: tasks.units.map((unit) =>
      unit.service.metricMemoryUtilization({ label: unit.group.name, statistic: 'Maximum' }),
    ),
    cpu: tasks.units.map((unit) => unit.service.metricCpuUtilization({ label: unit.group.name })),
    unitsMissing: own('units_missing'),
    lagMax: own('lag_max'),
    lag: ['federation-sender', 'pusher'].map((unit) => own('lag', { unit })),
    leasesLost: own('leases_lost', {}, 'Sum'),
    databaseConnections: awsMetric('AWS/RDS', 'DatabaseConnections', database, 'Maximum'),
    databaseStorage: awsMetric('AWS/RDS', 'FreeStorageSpace', database, 'Minimum'),
    databaseCpu: awsMetric('AWS/RDS', 'CPUUtilization', database, 'Average'),
    databaseReads: awsMetric('AWS/RDS', 'ReadIOPS', database, 'Average'),
    databaseWrites: awsMetric('AWS/RDS', 'WriteIOPS', database, 'Average'),
    cacheMemory: data.cache
      ? awsMetric(
          'AWS/ElastiCache',
          'DatabaseMemoryUsagePercentage',
          { CacheClusterId: `${data.cache.id}-001` },
          'Maximum',
        )
      : undefined,
    deadLetters: [
      objects.jobs.deadLetters,
      ...(functions.missed ? [functions.missed] : []),
      ...(tasks.missed ? [tasks.missed] : []),
    ].map((queue) => queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' })),
    charges: new cloudwatch.Metric({
      namespace: 'AWS/Billing',
      metricName: 'EstimatedCharges',
      dimensionsMap: { Currency: 'USD' },
      statistic: 'Maximum',
      period: Duration.hours(6),
    }),
    certificateDays: (arn: string) =>
      awsMetric('AWS/CertificateManager', 'DaysToExpiry', { CertificateArn: arn }, 'Minimum', 60 * 24),
  };
}

export type Measures = ReturnType<typeof measuresOf>;
