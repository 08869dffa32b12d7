import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import { because } from '../nag.ts';
import type { TaskUnitProps } from './task-unit.ts';

/** AWS's distribution of the OpenTelemetry collector; the configuration that it brings hands OTLP on to X-Ray. */
const IMAGE = 'public.ecr.aws/aws-observability/aws-otel-collector:v0.43.1';
const CONFIGURATION = '/etc/ecs/ecs-default-config.yaml';

/** Puts a collector beside a task's units. They go on without it. */
export function collectTraces(definition: ecs.FargateTaskDefinition, { logGroup, group }: TaskUnitProps): void {
  definition.addContainer('traces', {
    image: ecs.ContainerImage.fromRegistry(IMAGE),
    command: [`--config=${CONFIGURATION}`],
    essential: false,
    readonlyRootFilesystem: true,
    memoryReservationMiB: 64,
    logging: ecs.LogDrivers.awsLogs({ streamPrefix: `${group.name}-traces`, logGroup }),
  });
  definition.addToTaskRolePolicy(
    new iam.PolicyStatement({ actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] }),
  );
  because(definition.taskRole, 'AwsSolutions-IAM5', 'X-Ray takes segments of a whole account and knows no resources.');
}
