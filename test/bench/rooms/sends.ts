import { type BenchServer, cpuPerOperation, sendMessage } from '../kit/bench-server.ts';
import { repeat } from '../kit/client.ts';
import { digits, quantile, type Report } from '../kit/report.ts';

const SENDERS = 16;
const MESSAGES = 6_000;
const WARM_UP = 2_000;
/** Synapse's CPU for an event, measured by the load driver on two cores of this kind (docs/benchmarks.md). */
const GOAL_CPU_MS = 0.4;

/** Messages through HTTP, of 16 senders: in one room, then each in a room of their own. */
export async function sends(report: Report, server: BenchServer): Promise<void> {
  const { client } = server;
  const senders = await server.users(SENDERS);
  const [first, ...others] = senders;
  const one = await server.room(first!, others);
  const many: string[] = [];
  for (const sender of senders) many.push(await server.room(sender));
  const nothing = await server.cpuOf(() => repeat(WARM_UP, SENDERS, () => client.text('/_matrix/client/versions')));
  await repeat(WARM_UP, SENDERS, (_, lane) => sendMessage(client, senders[lane]!, one));
  for (const [what, room] of [
    ['one room', () => one],
    ['many rooms', (lane: number) => many[lane]!],
  ] as const) {
    const { result, cpu } = await server.cpuOf(() =>
      repeat(MESSAGES, SENDERS, (_, lane) => sendMessage(client, senders[lane]!, room(lane))),
    );
    const each = (cpu.all * 1_000) / result.done;
    report.add({
      what: `send, ${what}: CPU of the server and its PostgreSQL by event`,
      measured: cpuPerOperation(cpu, result),
      goal: `< ${GOAL_CPU_MS} ms`,
      met: each < GOAL_CPU_MS,
    });
    report.add({ what: `send, ${what}: events a second`, measured: digits(result.done / result.seconds) });
    report.add({
      what: `send, ${what}: p50, p99`,
      measured: `${digits(quantile(result.took, 0.5), 1)}, ${digits(quantile(result.took, 0.99), 1)} ms`,
    });
  }
  report.add({
    what: 'beside it, CPU of a request that does nothing (`/versions`)',
    measured: cpuPerOperation(nothing.cpu, nothing.result),
  });
}
