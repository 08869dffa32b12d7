import { monthlyCost } from './costs/estimate.ts';
import type { DataStack } from './stacks/data.ts';
import type { EdgeStack } from './stacks/edge.ts';
import type { FunctionsStack } from './stacks/functions.ts';
import type { ObjectsStack } from './stacks/objects.ts';
import type { ObservabilityStack } from './stacks/observability.ts';
import type { TasksStack } from './stacks/tasks.ts';
import type { Stage } from './stages.ts';

interface Stacks {
  edge: EdgeStack;
  data: DataStack;
  objects: ObjectsStack;
  tasks: TasksStack;
  functions: FunctionsStack;
  observability: ObservabilityStack;
}

/** What an operator needs after a deployment: addresses, and commands that can be pasted as they are. */
export function outputsOf(stage: Stage, stacks: Stacks): Record<string, { value: string; description: string }> {
  const { edge, data, objects, tasks, functions, observability } = stacks;
  const { region } = observability;
  const url = `https://${edge.host}`;
  const serverName = stage.serverName ?? edge.host;
  const delegation = stage.serverName && stage.serverName !== edge.host;
  return {
    BaseUrl: { value: url, description: 'The homeserver that clients are told' },
    ServerName: { value: serverName, description: 'What stands behind the colon of user ids' },
    AddAdmin: {
      value: `npm run myelin -- deployment admin alice --url ${url} --secret ${objects.serverSecret.secretArn}`,
      description: 'Makes the first administrator, alice',
    },
    DnsRecords: {
      value: stage.domain?.hostedZone
        ? 'made in Route 53'
        : stage.domain
          ? `${stage.domain.name} CNAME ${edge.distribution.distributionDomainName}`
          : "none: the name is the distribution's own",
      description: 'Records to make where the domain is kept',
    },
    ...(delegation
      ? {
          Delegation: {
            value: `https://${stage.serverName}/.well-known/matrix/server: {"m.server":"${stage.domain?.name ?? ''}:443"}`,
            description: 'To be served where the server name points',
          },
        }
      : {}),
    TailTasks: {
      value: `aws logs tail --follow --region ${region} ${tasks.logGroup.logGroupName}`,
      description: 'Shows what tasks log',
    },
    TailClient: {
      value: `aws logs tail --follow --region ${region} ${functions.units['client']!.logGroup.logGroupName}`,
      description: 'Shows what the client Lambda logs',
    },
    Migrate: {
      value: `aws ecs describe-task-definition --region ${region} --task-definition ${tasks.migration.definition.taskDefinitionArn}`,
      description: 'The schema job that every deployment runs',
    },
    Snapshot: {
      value: `aws rds create-db-snapshot --region ${region} --db-instance-identifier ${data.database.instance.instanceIdentifier} --db-snapshot-identifier myelin-${stage.name}-$(date +%Y%m%d%H%M)`,
      description: 'Takes a snapshot of the database',
    },
    SigningKey: {
      value: `aws secretsmanager get-secret-value --region ${region} --secret-id ${objects.serverSecret.secretArn} --query SecretString --output text`,
      description: 'Prints what to keep a copy of: without it the server is another one',
    },
    MediaBucket: { value: objects.media.bucket.bucketName, description: 'Uploaded files' },
    ...(observability.dashboard
      ? {
          Dashboard: {
            value: `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${observability.dashboard.dashboardName}`,
            description: 'Traffic, streams, federation, database, cost',
          },
        }
      : {}),
    MonthlyCost: {
      value: `about $${monthlyCost(stage, 0).total.toFixed(2)} idle; npm run myelin -- cost --stage ${stage.name} --users 100`,
      description: 'Before traffic, by the price table in infra/costs',
    },
  };
}
