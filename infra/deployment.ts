import { type App, CfnOutput, type Stack, Tags } from 'aws-cdk-lib';
import type { Artifacts } from './artifacts.ts';
import { useHelper } from './constructs/helper.ts';
import { outputsOf } from './outputs.ts';
import { DataStack } from './stacks/data.ts';
import { EdgeStack } from './stacks/edge.ts';
import { FunctionsStack } from './stacks/functions.ts';
import { NetworkStack } from './stacks/network.ts';
import { ObjectsStack } from './stacks/objects.ts';
import { ObservabilityStack } from './stacks/observability.ts';
import { TasksStack } from './stacks/tasks.ts';
import type { Stage } from './stages.ts';

/**
 * All stacks of a stage, in the order in which they stand on each other: network, data and objects (stateful), edge, then
 * the two halves of the compute (tasks, whose schema job runs first; functions), observability.
 */
export function deployStage(app: App, stage: Stage, artifacts: Artifacts): Stack[] {
  const id = (part: string) => `myelin-${stage.name}-${part}`;
  const isStateful = { terminationProtection: stage.data === 'retain' };
  const common = {
    stage,
    // Without an account a local AWS takes the stacks too.
    env: { region: stage.region, ...(stage.account ? { account: stage.account } : {}) },
  };
  const describe = (description: string) => ({ ...common, description: `Myelin ${stage.name}: ${description}` });

  useHelper(app, artifacts.helper);
  const objects = new ObjectsStack(app, id('objects'), { ...describe('media, queues, secrets'), ...isStateful });
  Tags.of(app).add('myelin:stage', stage.name);
  if (stage.local) {
    const functions = new FunctionsStack(app, id('functions'), {
      ...describe('Lambdas and gateway'),
      artifacts,
      objects,
    });
    const outputs = {
      ApiId: functions.api.restApiId,
      MediaBucket: objects.media.bucket.bucketName,
      JobsQueueUrl: objects.jobs.queue.queueUrl,
      ServerSecret: objects.serverSecret.secretArn,
      EdgeSecret: objects.edgeSecret.secretArn,
    };
    for (const [name, value] of Object.entries(outputs)) {
      new CfnOutput(functions, `Output${name}`, { value }).overrideLogicalId(name);
    }
    return [objects, functions];
  }
  const network = new NetworkStack(app, id('network'), describe('network'));
  const data = new DataStack(app, id('data'), { ...describe('database and cache'), ...isStateful, network });
  const edge = new EdgeStack(app, id('edge'), { ...describe('distribution, gateway, balancer'), network, objects });
  const cloud = { network, data, edge };
  const tasks = new TasksStack(app, id('tasks'), { ...describe('schema job and tasks'), artifacts, objects, ...cloud });
  const functions = new FunctionsStack(app, id('functions'), {
    ...describe('Lambdas and routes'),
    artifacts,
    objects,
    cloud,
  });
  // Lambdas need the new schema as much as tasks do.
  functions.addStackDependency(tasks);
  const watched = { edge, data, objects, tasks, functions };
  const observability = new ObservabilityStack(app, id('observability'), {
    ...describe('alarms and dashboard'),
    ...watched,
  });
  for (const [name, { value, description }] of Object.entries(outputsOf(stage, { ...watched, observability }))) {
    new CfnOutput(observability, `Output${name}`, { value, description }).overrideLogicalId(name);
  }
  return [objects, network, data, edge, tasks, functions, observability];
}
