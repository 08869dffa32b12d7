import { Database } from '../../storage/database.ts';
import type { OwnedShard } from '../../storage/streams/leases.ts';
import { type ProcessReport, readDirectory, readProcessReports } from '../../storage/streams/processes.ts';
import type { Command } from '../command.ts';
import { configFlags, configOf } from '../config-flags.ts';
import { callControl, controlSocket } from '../control.ts';
import { runningServer } from '../data-lock.ts';
import { Failure } from '../failure.ts';
import type { SupervisedProcess } from '../supervisor/supervise.ts';
import { bold, columns, print, red } from '../terminal.ts';

const command: Command = {
  verb: 'status',
  summary: 'Show processes, leases, streams and how far each process has read them',
  operands: '',
  arity: [0, 0],
  flags: { ...configFlags, json: { type: 'boolean', doc: 'As one JSON document.' } },
  async run(invocation) {
    const config = configOf(invocation);
    const url = (await runningServer(config.dataDirectory))?.databaseUrl ?? config.databaseUrl;
    if (url === undefined) throw new Failure(`No Myelin is running on ${config.dataDirectory}.`);
    const db = new Database(url, { poolSize: 1, applicationName: 'myelin-status' });
    try {
      const [{ processes, streams }, { leases }] = await Promise.all([readProcessReports(db), readDirectory(db)]);
      if (invocation.flags['json']) print(JSON.stringify({ processes, streams, leases }, null, 2));
      else {
        const own = await supervised(config.dataDirectory);
        for (const line of [...own, ...report(processes, streams, leases)]) print(line);
      }
    } finally {
      await db.close();
    }
    return 0;
  },
};

export default command;

/** The processes of a server that has several on this machine. */
async function supervised(dataDirectory: string): Promise<string[]> {
  const found = await callControl(controlSocket(dataDirectory), 'processes', {}).catch(() => undefined);
  const rows = ((found ?? []) as SupervisedProcess[]).map(({ name, pid, urls, units, restarts }) => [
    `  ${name}`,
    pid === undefined ? 'not there' : `pid ${pid}`,
    restarts === 0 ? '' : `started again ${restarts} times`,
    urls.join(', '),
    units.join(','),
  ]);
  return rows.length === 0 ? [] : [bold('On this machine'), ...columns(rows), ''];
}

function report(processes: ProcessReport[], streams: Record<string, number>, leases: OwnedShard[]): string[] {
  const alive = processes.filter((one) => one.leaseMs > 0);
  const units = (one: ProcessReport) => (one.units.length > 6 ? `${one.units.length} units` : one.units.join(','));
  const state = (one: ProcessReport) => {
    if (one.leaseMs <= 0) return red(`gone for ${seconds(-one.leaseMs)}`);
    return `${one.draining ? 'ending' : 'alive'}, lease ${seconds(one.leaseMs)}`;
  };
  const shards = Map.groupBy(leases, (lease) => lease.unit);
  return [
    bold('Processes'),
    ...columns(processes.map((one) => [`  ${one.process}`, units(one), one.address ?? 'no commands', state(one)])),
    '',
    bold('Leases'),
    ...columns(
      [...shards].flatMap(([unit, list]) =>
        [...Map.groupBy(list, (lease) => lease.owner)].map(([owner, own]) => [
          `  ${unit}`,
          owner,
          list.length === 1 ? `epoch ${own[0]?.epoch}` : `${own.length} of ${list.length}: ${ranges(own)}`,
        ]),
      ),
    ),
    '',
    bold('Streams'),
    ...columns(
      Object.entries(streams).map(([stream, position]) => [
        `  ${stream}`,
        String(position),
        lag(stream, position, alive),
      ]),
    ),
  ];
}

/** The slowest reader of a stream. The typing stream's positions are in its owner's memory. */
function lag(stream: string, position: number, processes: ProcessReport[]): string {
  const readers = processes.filter((one) => one.positions[stream] !== undefined);
  if (readers.length === 0) return 'no readers';
  if (stream === 'typing') return `${readers.length} readers`;
  const worst = readers.reduce((a, b) => ((a.positions[stream] ?? 0) <= (b.positions[stream] ?? 0) ? a : b));
  const behind = Math.max(0, position - (worst.positions[stream] ?? 0));
  return `${readers.length} readers, ${behind === 0 ? 'all there' : `${worst.process} is ${behind} behind`}`;
}

/** `0-15,20`. */
function ranges(leases: OwnedShard[]): string {
  const parts: [number, number][] = [];
  for (const { shard } of [...leases].sort((a, b) => a.shard - b.shard)) {
    const last = parts.at(-1);
    if (last && last[1] === shard - 1) last[1] = shard;
    else parts.push([shard, shard]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
