import { type AlarmSpec, maxOf, sumOf } from './alarms.ts';
import { connectionBudget } from './connection-budget.ts';
import type { Measures } from './measures.ts';
import type { Stage } from './stages.ts';

const GiB = 1024 ** 3;
/** An alarm looks at no more metrics at once. */
const MOST_METRICS = 10;

/** One alarm per failure mode of a stage. Each has a paragraph in docs/runbook.md. */
export function alarmsOf(stage: Stage, measures: Measures, certificateArn: string | undefined): AlarmSpec[] {
  const { database } = stage;
  return [
    {
      id: 'gateway-faults',
      says: 'The gateway answers 5xx: a Lambda fails, is too slow, or a task is not reached.',
      metric: measures.gatewayFaults,
      threshold: 10,
    },
    {
      id: 'slow-answers',
      says: 'One request of twenty takes longer than 5 s.',
      metric: measures.gatewayLatency,
      threshold: 5_000,
    },
    {
      id: 'lambda-errors',
      says: 'Lambda units end with errors instead of answers.',
      metric: sumOf(measures.lambdaErrors, 'errors'),
      threshold: 5,
    },
    {
      id: 'lambda-throttles',
      says: 'Requests are turned away because a Lambda unit is at its concurrency.',
      metric: sumOf(measures.lambdaThrottles, 'throttles'),
      threshold: 10,
    },
    {
      id: 'task-faults',
      says: 'Tasks answer 5xx.',
      metric: measures.tasksFaults,
      threshold: 10,
    },
    ...(measures.unhealthy.length > 0
      ? [
          {
            id: 'task-unhealthy',
            says: 'The balancer reaches a task and gets no good answer.',
            metric: maxOf(measures.unhealthy, 'unhealthy'),
            threshold: 1,
          },
        ]
      : []),
    ...inParts(measures.memory).map((metrics, part) => ({
      id: 'task-memory',
      part,
      says: 'A task uses nearly all of its memory.',
      metric: maxOf(metrics, 'memory'),
      threshold: 90,
    })),
    {
      id: 'unit-missing',
      says: 'A unit has no process that is alive: its work stands still.',
      metric: measures.unitsMissing,
      threshold: 1,
      periods: 2,
      // Asleep, nobody looks.
      missingIsBad: stage.sleep === undefined,
    },
    {
      id: 'stream-behind',
      says: 'A reader is far behind its stream, or does not move.',
      metric: measures.lagMax,
      threshold: 10_000,
    },
    {
      id: 'lease-lost',
      says: 'A writer could not keep its leases, and others took its rooms.',
      metric: measures.leasesLost,
      threshold: 3,
      periods: 1,
    },
    {
      id: 'database-connections',
      says: 'More than 80 % of the connections of the budget are open.',
      metric: measures.databaseConnections,
      threshold: Math.floor(connectionBudget(stage).limit * 0.8),
    },
    {
      id: 'database-storage',
      says: 'The database has less than a tenth of its first storage left.',
      metric: measures.databaseStorage,
      threshold: (database.storageGiB * GiB) / 10,
      below: true,
    },
    {
      id: 'database-cpu',
      says: 'The database is busy to more than 85 %.',
      metric: measures.databaseCpu,
      threshold: 85,
      periods: 6,
    },
    ...(measures.cacheMemory
      ? [{ id: 'cache-memory', says: 'The cache is nearly full.', metric: measures.cacheMemory, threshold: 85 }]
      : []),
    {
      id: 'dead-letters',
      says: 'Work was given up, or a schedule could not call.',
      metric: sumOf(measures.deadLetters, 'dead letters'),
      threshold: 1,
      periods: 1,
    },
    ...(certificateArn
      ? [
          {
            id: 'certificate',
            says: 'The certificate of the domain ends within 20 days.',
            metric: measures.certificateDays(certificateArn),
            threshold: 20,
            below: true,
            periods: 1,
          },
        ]
      : []),
  ];
}

function inParts<T>(all: readonly T[]): T[][] {
  const count = Math.ceil(all.length / MOST_METRICS);
  return Array.from({ length: count }, (_, part) => all.slice(part * MOST_METRICS, (part + 1) * MOST_METRICS));
}
