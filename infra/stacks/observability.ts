import { Stack } from 'aws-cdk-lib';
import * as budgets from 'aws-cdk-lib/aws-budgets';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { alarmsOf } from '../alarm-list.ts';
import type { AlarmSpec } from '../alarms.ts';
import { StageDashboard } from '../constructs/dashboard.ts';
import { DeadLetters } from '../constructs/queue.ts';
import { measuresOf, type Watched } from '../measures.ts';
import { metricsNamespace } from '../metrics.ts';
import type { StackSettings } from '../stack-settings.ts';
import type { Stage } from '../stages.ts';

type ObservabilitySettings = StackSettings & Omit<Watched, 'stage'>;

/** Where the paragraph of each alarm stands. */
const RUNBOOK = 'docs/runbook.md';

/** What tells people how the stage is: alarms, a dashboard, a budget. */
export class ObservabilityStack extends Stack {
  readonly dashboard: StageDashboard | undefined;

  constructor(scope: Construct, id: string, settings: ObservabilitySettings) {
    const { stage, edge, data, objects, tasks, functions, ...props } = settings;
    super(scope, id, props);
    const measures = measuresOf({ stage, edge, data, objects, tasks, functions });
    new logs.MetricFilter(this, 'LeasesLost', {
      logGroup: tasks.logGroup,
      metricNamespace: metricsNamespace(stage),
      metricName: 'leases_lost',
      filterPattern: logs.FilterPattern.literal('"the leases could not be renewed"'),
      metricValue: '1',
    });
    const topic = stage.alarmEmail ? this.#topic(stage.alarmEmail) : undefined;
    const certificate = stage.domain?.certificateArn;
    for (const spec of alarmsOf(stage, measures, certificate)) this.#alarm(stage, spec, topic);
    this.dashboard = stage.dashboard ? new StageDashboard(this, 'Dashboard', measures) : undefined;
    if (stage.budgetUsd && stage.alarmEmail) this.#budget(stage, stage.budgetUsd, stage.alarmEmail);
  }

  #alarm(
    stage: Stage,
    { id, part = 0, says, metric, threshold, below, periods = 3, missingIsBad }: AlarmSpec,
    topic?: sns.Topic,
  ): void {
    const name = part > 0 ? `${id}-${part + 1}` : id;
    const alarm = new cloudwatch.Alarm(this, name, {
      alarmName: `myelin-${stage.name}-${name}`,
      alarmDescription: `${says} What to do: ${RUNBOOK}#${id}`,
      metric,
      threshold,
      comparisonOperator: below
        ? cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
        : cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: missingIsBad
        ? cloudwatch.TreatMissingData.BREACHING
        : cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    if (!topic) return;
    alarm.addAlarmAction(new SnsAction(topic));
    alarm.addOkAction(new SnsAction(topic));
  }

  #topic(email: string): sns.Topic {
    const topic = new sns.Topic(this, 'Alarms', { enforceSSL: true });
    topic.addSubscription(
      new EmailSubscription(email, { deadLetterQueue: new DeadLetters(this, 'Undelivered', 'service') }),
    );
    topic.grantPublish(new iam.ServicePrincipal('cloudwatch.amazonaws.com'));
    return topic;
  }

  /** What the tagged resources of the stage cost; the tag has to be made a cost allocation tag once per account. */
  #budget(stage: Stage, dollars: number, email: string): void {
    const notify = (threshold: number, notificationType: string) => ({
      notification: { notificationType, comparisonOperator: 'GREATER_THAN', threshold, thresholdType: 'PERCENTAGE' },
      subscribers: [{ subscriptionType: 'EMAIL', address: email }],
    });
    new budgets.CfnBudget(this, 'Budget', {
      budget: {
        budgetName: `myelin-${stage.name}`,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: dollars, unit: 'USD' },
        costFilters: { TagKeyValue: [`user:myelin:stage$${stage.name}`] },
      },
      notificationsWithSubscribers: [notify(80, 'ACTUAL'), notify(100, 'ACTUAL'), notify(100, 'FORECASTED')],
    });
  }
}
