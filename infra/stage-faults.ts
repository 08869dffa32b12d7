import { placementFaults, taskGroups } from '../functions/placements.ts';
import { ConfigError, loadConfig } from '../lib/config/config.ts';
import { connectionBudget } from './connection-budget.ts';
import { placementOf, type Stage, type TaskSize } from './stages.ts';

/** Memory in MiB that Fargate sells with each number of processor units: least, most, step. */
const FARGATE: Readonly<Record<TaskSize['cpu'], readonly [number, number, number]>> = {
  256: [512, 2048, 512],
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16_384, 1024],
  4096: [8192, 30_720, 1024],
  8192: [16_384, 61_440, 4096],
};

/** Connections that an instance class bears: what RDS allows it by default, from its memory. */
const MOST_CONNECTIONS: readonly [RegExp, number][] = [
  [/\.micro$/, 112],
  [/\.small$/, 225],
  [/\.medium$/, 450],
  [/\.large$/, 901],
  [/\.xlarge$/, 1802],
];

/** What keeps a stage from being deployed, one sentence each. */
export function stageFaults(stage: Stage): string[] {
  const faults: string[] = [];
  const must = (holds: boolean, fault: string) => holds || faults.push(fault);
  must(/^[a-z][a-z0-9-]{0,15}$/.test(stage.name), `name is "${stage.name}"; it must be 1 to 16 of a-z, 0-9, -`);
  must(/^[a-z]{2}(-[a-z]+)+-\d$/.test(stage.region), `region is "${stage.region}", which is none of AWS's`);
  must(/^\d+\.\d+\.\d+\.\d+\/(16|17|18|19|20)$/.test(stage.cidr), `cidr is "${stage.cidr}"; take a /16 to /20`);
  must(!stage.account || /^\d{12}$/.test(stage.account), 'account must be 12 digits');
  must(Number.isInteger(stage.scaleOut) && stage.scaleOut >= 1, 'scaleOut must be a whole number from 1');
  must(!stage.waf || stage.region === 'us-east-1', 'waf is for us-east-1 only: firewalls of CloudFront live there');
  must(!stage.budgetUsd || stage.alarmEmail !== undefined, 'budgetUsd needs alarmEmail, to which AWS writes');
  const sendsMail = (stage.config as { email?: { smtpHost?: string } }).email?.smtpHost !== undefined;
  must(!sendsMail || stage.nat !== 'none', 'config.email needs nat: Lambdas send mail, and have no other way out');
  faults.push(...domainFaults(stage), ...databaseFaults(stage), ...placementFaults(placementOf(stage)));
  if (faults.length === 0) faults.push(...taskFaults(stage), ...configFaults(stage));
  return faults;
}

function domainFaults({ domain, region, account }: Stage): string[] {
  const faults: string[] = [];
  if (!domain) return faults;
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain.name)) faults.push(`domain.name "${domain.name}" is no host name`);
  if (!domain.certificateArn && !domain.hostedZone) {
    faults.push('domain needs certificateArn (in us-east-1), or hostedZone where one can be proved');
  }
  if (!domain.certificateArn && domain.hostedZone && region !== 'us-east-1') {
    faults.push(`domain.certificateArn is needed: certificates of CloudFront live in us-east-1, not in ${region}`);
  }
  if (domain.certificateArn && !domain.certificateArn.startsWith('arn:aws:acm:us-east-1:')) {
    faults.push('domain.certificateArn must be of us-east-1, where CloudFront looks');
  }
  if (account === '000000000000') faults.push('account 000000000000 is a local AWS, which has no domains');
  return faults;
}

function databaseFaults(stage: Stage): string[] {
  const { database, sleep } = stage;
  const faults: string[] = [];
  const most = MOST_CONNECTIONS.find(([form]) => form.test(database.instance))?.[1] ?? 3600;
  if (!/^[a-z]\w+\.\w+$/.test(database.instance)) faults.push(`database.instance "${database.instance}" is no class`);
  if (database.storageGiB < 20) faults.push('database.storageGiB must be 20 or more');
  if (database.maxStorageGiB < database.storageGiB)
    faults.push('database.maxStorageGiB lies below database.storageGiB');
  if (database.backupDays < 1 || database.backupDays > 35) faults.push('database.backupDays must be 1 to 35');
  if (database.maxConnections > most) {
    faults.push(`database.maxConnections is ${database.maxConnections}; a ${database.instance} bears ${most}`);
  }
  const budget = connectionBudget(stage);
  if (budget.total > budget.limit) {
    const lines = budget.lines.map((line) => `${line.who} = ${line.connections}`).join('; ');
    faults.push(
      `the connection budget is ${budget.total}, but database.maxConnections is ${budget.limit} (${lines}): ` +
        'lower lambdaConcurrency, take fewer tasks or a larger instance',
    );
  }
  if (sleep && (sleep.from === sleep.to || [sleep.from, sleep.to].some((hour) => !(hour >= 0 && hour <= 23)))) {
    faults.push('sleep.from and sleep.to must be two different hours from 0 to 23');
  }
  return faults;
}

function taskFaults(stage: Stage): string[] {
  const faults: string[] = [];
  const groups = taskGroups(placementOf(stage));
  if (stage.cache === 'none' && groups.length > 1) {
    faults.push(`cache "none" goes with one task group; the placement has ${groups.length}`);
  }
  for (const [name, { cpu, memoryMiB }] of Object.entries(stage.taskSizes)) {
    if (!groups.some((group) => group.name === name)) faults.push(`taskSizes.${name}: the placement has no such group`);
    const [least, most, step] = FARGATE[cpu];
    if (memoryMiB < least || memoryMiB > most || memoryMiB % step !== 0) {
      faults.push(`taskSizes.${name}: ${cpu} processor units go with ${least} to ${most} MiB in steps of ${step}`);
    }
  }
  return faults;
}

/** The server would refuse to start with a key that it does not know; better to hear of it now. */
function configFaults({ config }: Stage): string[] {
  try {
    loadConfig({ env: {}, overrides: config, overrideNames: {} });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n').map((line) => `config: ${line}`);
    throw error;
  }
}

/** The smallest task that Fargate sells with this much memory, with at least a quarter processor for each GiB. */
export function taskSizeFor(memoryMiB: number): TaskSize {
  for (const [cpu, [least, most, step]] of Object.entries(FARGATE)) {
    const memory = Math.max(least, Math.ceil(memoryMiB / step) * step);
    if (memory <= most && Number(cpu) * 4 >= memory) return { cpu: Number(cpu) as TaskSize['cpu'], memoryMiB: memory };
  }
  return { cpu: 8192, memoryMiB: 61_440 };
}
