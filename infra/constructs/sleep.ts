import type * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as rds from 'aws-cdk-lib/aws-rds';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Universal } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import type { Stage } from '../stages.ts';
import { DeadLetters } from './queue.ts';
import type { TaskUnit } from './task-unit.ts';

interface SleepProps {
  sleep: NonNullable<Stage['sleep']>;
  units: readonly TaskUnit[];
  database: rds.IDatabaseInstance;
}

/** Stops tasks and database for some hours of each day, and starts them again: the database first. */
export class Sleep extends Construct {
  readonly deadLetters: DeadLetters;

  constructor(scope: Construct, id: string, { sleep, units, database }: SleepProps) {
    super(scope, id);
    this.deadLetters = new DeadLetters(this, 'Missed', 'service');
    const deadLetters = this.deadLetters;
    const at = (hour: number, minute: number) =>
      scheduler.ScheduleExpression.cron({ hour: String(hour), minute: String(minute) });
    const rdsCall = (action: 'startDBInstance' | 'stopDBInstance') =>
      new Universal({
        service: 'rds',
        action,
        input: scheduler.ScheduleTargetInput.fromObject({ DbInstanceIdentifier: database.instanceIdentifier }),
        policyStatements: [
          new iam.PolicyStatement({
            actions: ['rds:StartDBInstance', 'rds:StopDBInstance'],
            resources: [database.instanceArn],
          }),
        ],
        deadLetterQueue: deadLetters,
      });
    const scale = (unit: TaskUnit, count: number) =>
      new Universal({
        service: 'ecs',
        action: 'updateService',
        input: scheduler.ScheduleTargetInput.fromObject({
          Cluster: unit.service.cluster.clusterName,
          Service: unit.service.serviceName,
          DesiredCount: count,
        }),
        policyStatements: [
          new iam.PolicyStatement({
            actions: ['ecs:UpdateService'],
            resources: [(unit.service as ecs.FargateService).serviceArn],
          }),
        ],
        deadLetterQueue: deadLetters,
      });
    new scheduler.Schedule(this, 'StartDatabase', { schedule: at(sleep.to, 0), target: rdsCall('startDBInstance') });
    new scheduler.Schedule(this, 'StopDatabase', { schedule: at(sleep.from, 10), target: rdsCall('stopDBInstance') });
    for (const unit of units) {
      const { name, count } = unit.group;
      new scheduler.Schedule(this, `Stop-${name}`, { schedule: at(sleep.from, 0), target: scale(unit, 0) });
      new scheduler.Schedule(this, `Start-${name}`, { schedule: at(sleep.to, 15), target: scale(unit, count) });
    }
  }
}
