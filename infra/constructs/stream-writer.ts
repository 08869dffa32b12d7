import { Annotations } from 'aws-cdk-lib';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { UNITS } from '../../functions/units.ts';
import type { UnitStream } from '../../lib/routing/stream-names.ts';
import type { Stage } from '../stages.ts';
import { TaskUnit, type TaskUnitProps } from './task-unit.ts';

/**
 * Tasks that own streams: event persisters, typing, receipts … They take commands on the inner listener and hold leases, so
 * they never run on capacity that AWS may take back, and a lost lease has an alarm.
 */
export class StreamWriter extends TaskUnit {
  readonly streams: readonly UnitStream[];

  constructor(scope: Construct, id: string, props: TaskUnitProps) {
    super(scope, id, props);
    this.streams = props.group.units.flatMap((name) => UNITS[name].streamsWritten);
    if (this.streams.length === 0) Annotations.of(this).addError(`${props.group.name} writes no stream`);
  }

  protected override capacity(_stage: Stage): ecs.CapacityProviderStrategy[] {
    return [{ capacityProvider: 'FARGATE', weight: 1 }];
  }
}
