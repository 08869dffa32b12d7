import { taskGroups } from '../../functions/placements.ts';
import { UNITS, unitNamesOf } from '../../functions/units.ts';
import { taskSizeFor } from '../stage-faults.ts';
import { placementOf, type Stage } from '../stages.ts';
import { PRICES } from './prices.ts';
import { WORK } from './work.ts';

/** One line of a bill. */
export interface CostLine {
  what: string;
  dollars: number;
}

/** A month of a stage. */
export interface Cost {
  lines: CostLine[];
  total: number;
}

const DAYS = 30.4;
const GB = 1e9;

/**
 * What a stage costs in a month with so many users of {@link WORK}; with none, what it costs to stand there. Resources do
 * not grow in this estimate except where requests and bytes are charged: a stage too small for its users is not cheaper.
 */
export function monthlyCost(stage: Stage, users: number): Cost {
  const lines = [...standing(stage), ...(users > 0 ? traffic(stage, users) : [])].filter(
    (line) => line.dollars >= 0.005,
  );
  return { lines, total: lines.reduce((sum, line) => sum + line.dollars, 0) };
}

function standing(stage: Stage): CostLine[] {
  const { hoursPerMonth: hours, network, balancer, database, watching } = PRICES;
  const awake = stage.sleep ? (24 - ((stage.sleep.to - stage.sleep.from + 24) % 24)) / 24 : 1;
  const groups = taskGroups(placementOf(stage));
  const tasks = groups.reduce((sum, group) => sum + group.count, 0);
  const copies = stage.database.multiAz ? 2 : 1;
  const classPrice = database.classes[stage.database.instance as keyof typeof database.classes];
  if (classPrice === undefined) throw new Error(`infra/costs/prices.ts has no price of db.${stage.database.instance}`);
  const lines: CostLine[] = groups.map((group) => taskLine(stage, group, hours * awake));
  const add = (what: string, dollars: number) => lines.push({ what, dollars });
  if (stage.nat === 'none') add(`${tasks} public addresses`, tasks * network.publicIpv4 * hours * awake);
  add(`database db.${stage.database.instance}${copies > 1 ? ', twice' : ''}`, classPrice * copies * hours * awake);
  add(`database storage, ${stage.database.storageGiB} GiB`, stage.database.storageGiB * database.storageGiB * copies);
  if (stage.database.proxy) add('database proxy', database.proxyVcpu * 2 * hours);
  if (stage.cache !== 'none') {
    const node = PRICES.cache[stage.cache.node as keyof typeof PRICES.cache];
    if (node === undefined) throw new Error(`infra/costs/prices.ts has no price of ${stage.cache.node}`);
    add(`${1 + stage.cache.replicas} × ${stage.cache.node}`, node * (1 + stage.cache.replicas) * hours);
  }
  add('internal balancer', balancer.hour * hours);
  if (stage.nat === 'gateway') add('NAT gateway', (network.natGateway + network.publicIpv4) * hours);
  if (stage.nat === 'instance') add('NAT instance', (network.natInstance + network.publicIpv4) * hours);
  if (stage.lambdaSecrets === 'endpoint' && stage.nat === 'none')
    add('endpoint of Secrets Manager, 2 zones', network.interfaceEndpoint * 2 * hours);
  if (stage.waf) add('web application firewall', PRICES.firewall.list + PRICES.firewall.rule * PRICES.firewall.rules);
  add(`${secretCount(stage)} secrets`, secretCount(stage) * PRICES.secret);
  add(
    `alarms on ${alarmMetricCount(stage)} metrics`,
    Math.max(0, alarmMetricCount(stage) - watching.freeAlarms) * watching.alarmMetric,
  );
  if (stage.containerInsights) add('Container Insights', tasks * watching.insightsMetricsPerTask * watching.metric);
  add('watch: a look each minute', 60 * hours * (0.25 * 0.1 * PRICES.lambda.gbSecond + PRICES.lambda.million / 1e6));
  return lines;
}

function taskLine(
  stage: Stage,
  group: { name: string; units: readonly string[]; count: number },
  hours: number,
): CostLine {
  const { vcpu, gib, spotShare } = PRICES.fargate;
  const declared = group.units.reduce((sum, name) => sum + UNITS[name as keyof typeof UNITS].memoryMiB, 0);
  const { cpu, memoryMiB } = stage.taskSizes[group.name] ?? taskSizeFor(declared);
  const one = ((cpu / 1024) * vcpu + (memoryMiB / 1024) * gib) * hours;
  const reads = group.units.every((name) => {
    const unit = UNITS[name as keyof typeof UNITS];
    return unit.routes.length > 0 && unit.streamsWritten.length === 0;
  });
  // The first task of a group of readers stays on ordinary capacity.
  const paid = stage.spotReaders && reads ? 1 + (group.count - 1) * spotShare : group.count;
  return {
    what: `${group.count} × task ${group.name}: ${cpu / 1024} vCPU, ${memoryMiB / 1024} GiB`,
    dollars: one * paid,
  };
}

/** Secrets: of the server, of the edge, of the database's owner, of the cache. */
export function secretCount(stage: Stage): number {
  return stage.cache === 'none' ? 3 : 4;
}

/** Metrics that alarms look at: CloudWatch charges for each. */
export function alarmMetricCount(stage: Stage): number {
  const groups = taskGroups(placementOf(stage));
  const fronts = groups.filter((group) => group.units.some((name) => UNITS[name].routes.length > 0)).length;
  const lambdas = unitNamesOf('lambda').length;
  const single = 9;
  const deadLetters = 2 + (stage.sleep ? 1 : 0);
  const optional = (stage.cache === 'none' ? 0 : 1) + (stage.domain?.certificateArn ? 1 : 0);
  return single + 2 * lambdas + fronts + groups.length + deadLetters + optional;
}

function traffic(stage: Stage, users: number): CostLine[] {
  const { lambda, gateway, distribution, objects, watching, balancer, network } = PRICES;
  const monthly = (perDay: number) => perDay * DAYS * users;
  const requests = monthly(WORK.requestsPerDay);
  const polls = monthly(WORK.pollsPerDay + WORK.eventfulPollsPerDay);
  const outGb = monthly(WORK.downloadBytesPerDay) / GB;
  const logGb = (requests * WORK.logBytesPerRequest) / GB;
  const uploads = monthly(WORK.uploadsPerDay);
  const millions = (requests + polls + uploads) / 1e6;
  return [
    { what: `gateway, ${round(requests / 1e6)} million requests`, dollars: (requests / 1e6) * gateway.million },
    {
      what: 'Lambda',
      dollars: (requests / 1e6) * lambda.million + requests * (WORK.requestMs / 1000) * 1 * lambda.gbSecond,
    },
    {
      what: `distribution, ${round(millions)} million requests`,
      dollars: Math.max(0, millions - distribution.freeMillions) * distribution.millionRequests,
    },
    {
      what: `distribution, ${round(outGb)} GB out`,
      dollars: Math.max(0, outGb - distribution.freeGb) * distribution.outGb,
    },
    // A unit of balancer capacity is 3,000 open connections, or 25 new ones a second.
    { what: 'balancer capacity', dollars: (users / 3_000) * balancer.capacityUnit * PRICES.hoursPerMonth },
    {
      what: 'media, stored in a month',
      dollars: ((uploads * WORK.uploadBytes) / GB) * objects.gib + (uploads / 1e3) * objects.thousandPuts,
    },
    {
      what: 'events, stored in a month',
      dollars: ((monthly(WORK.messagesPerDay) * WORK.messageBytes) / GB) * PRICES.database.storageGiB,
    },
    { what: 'logs', dollars: Math.max(0, logGb - watching.freeLogGb) * watching.logGb },
    ...(stage.waf ? [{ what: 'web application firewall, requests', dollars: millions * PRICES.firewall.million }] : []),
    ...(stage.nat === 'gateway' ? [{ what: 'NAT gateway, traffic', dollars: outGb * 0.1 * network.natGatewayGb }] : []),
  ];
}

function round(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(1);
}

/** The bill as a text table. */
export function costTable(stage: Stage, users: number): string {
  const { lines, total } = monthlyCost(stage, users);
  const width = Math.max(...lines.map((line) => line.what.length), 40);
  const row = (what: string, dollars: number) => `  ${what.padEnd(width)}  ${dollars.toFixed(2).padStart(9)}`;
  const who = users > 0 ? `with ${users} users` : 'idle';
  return [
    `Stage ${stage.name}, ${who}: US dollars a month (us-east-1, prices of ${PRICES.date}, infra/costs)`,
    ...lines.map((line) => row(line.what, line.dollars)),
    row('total', total),
  ].join('\n');
}
