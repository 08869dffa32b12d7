import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { Measures } from '../measures.ts';

/** Traffic, streams, federation, database and cost on one page. */
export class StageDashboard extends cloudwatch.Dashboard {
  constructor(scope: Construct, id: string, measures: Measures) {
    super(scope, id, { periodOverride: cloudwatch.PeriodOverride.AUTO });
    const graph = (title: string, left: readonly cloudwatch.IMetric[], right: readonly cloudwatch.IMetric[] = []) =>
      new cloudwatch.GraphWidget({ title, left: [...left], right: [...right], width: 8, height: 6 });
    const heading = (markdown: string) =>
      new cloudwatch.TextWidget({ markdown: `## ${markdown}`, width: 24, height: 1 });
    this.addWidgets(heading('Traffic'));
    this.addWidgets(
      graph('Requests', [measures.requests, measures.tasksRequests], [measures.gatewayFaults, measures.tasksFaults]),
      graph('Lambda: invocations and errors', measures.lambdaInvocations, measures.lambdaErrors),
      graph('Lambda: p95 in ms, throttles', measures.lambdaDuration, measures.lambdaThrottles),
    );
    this.addWidgets(heading('Streams'));
    this.addWidgets(
      graph('Units without a process', [measures.unitsMissing], [measures.leasesLost]),
      graph('Positions behind', [measures.lagMax]),
      graph('Tasks: CPU, memory', measures.cpu, measures.memory),
    );
    this.addWidgets(heading('Federation and push'));
    this.addWidgets(graph('Positions behind', measures.lag), graph('Dead letters', measures.deadLetters));
    this.addWidgets(heading('Database and cost'));
    this.addWidgets(
      graph('Connections, CPU', [measures.databaseConnections], [measures.databaseCpu]),
      graph(
        'Free storage, reads and writes',
        [measures.databaseStorage],
        [measures.databaseReads, measures.databaseWrites],
      ),
      graph('Estimated charges of the account (USD)', [measures.charges]),
    );
    if (measures.cacheMemory) this.addWidgets(graph('Cache: memory in use', [measures.cacheMemory]));
  }
}
