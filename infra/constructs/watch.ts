import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { because } from '../nag.ts';
import type { LambdaUnit } from './lambda-unit.ts';
import { DeadLetters } from './queue.ts';

/** Calls a function each minute. What could not be called stands in the dead letters. */
export class Watch extends Construct {
  readonly deadLetters: DeadLetters;

  constructor(scope: Construct, id: string, { unit }: { unit: LambdaUnit }) {
    super(scope, id);
    this.deadLetters = new DeadLetters(this, 'Missed', 'service');
    const deadLetters = this.deadLetters;
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com') });
    because(role, 'AwsSolutions-IAM5', 'The scheduler may invoke the one function in any of its versions.');
    const target = new LambdaInvoke(unit.function, {
      deadLetterQueue: deadLetters,
      role,
      retryAttempts: 0,
      maxEventAge: Duration.minutes(1),
    });
    new scheduler.Schedule(this, 'Schedule', {
      schedule: scheduler.ScheduleExpression.rate(Duration.minutes(1)),
      target,
      description: 'Looks whether every unit is alive and how far behind it is',
    });
  }
}
