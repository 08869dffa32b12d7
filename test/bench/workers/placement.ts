import { type BenchServer, cpuPerOperation, sendMessage } from '../kit/bench-server.ts';
import { type LoadUser, repeat } from '../kit/client.ts';
import { digits, quantile, type Report } from '../kit/report.ts';
import { watch } from '../kit/watchers.ts';

const SENDERS = 16;
const MESSAGES = 3_000;
const ALONE = 300;
const LIMIT_MS = 60_000;

/** What a placement is compared by. */
export interface PlacementFigures {
  eventsASecond: number;
  /** Milliseconds. */
  aloneP50: number;
}

/** Sends by many at once and by one alone. */
export async function throughput(report: Report, server: BenchServer, name: string): Promise<PlacementFigures> {
  const { client } = server;
  const senders = await server.users(SENDERS);
  const room = await server.room(senders[0]!, senders.slice(1));
  await repeat(MESSAGES / 3, SENDERS, (_, lane) => sendMessage(client, senders[lane]!, room));
  const { result, cpu } = await server.cpuOf(() =>
    repeat(MESSAGES, SENDERS, (_, lane) => sendMessage(client, senders[lane]!, room)),
  );
  const alone = await repeat(ALONE, 1, () => sendMessage(client, senders[0]!, room));
  const figures = { eventsASecond: result.done / result.seconds, aloneP50: quantile(alone.took, 0.5) };
  report.add({ what: `${name}: events a second of ${SENDERS} senders`, measured: digits(figures.eventsASecond) });
  report.add({ what: `${name}: CPU of an event`, measured: cpuPerOperation(cpu, result) });
  report.add({
    what: `${name}: p50, p99 of ${SENDERS} senders`,
    measured: `${digits(quantile(result.took, 0.5), 1)}, ${digits(quantile(result.took, 0.99), 1)} ms`,
  });
  report.add({ what: `${name}: p50 of one sender alone`, measured: `${digits(figures.aloneP50, 2)} ms` });
  return figures;
}

/** Messages into one room whose members all long-poll. @returns deliveries a second */
export async function fanOut(
  report: Report,
  server: BenchServer,
  options: { name: string; members: number; messages: number; atOnce: number },
): Promise<number> {
  const { client } = server;
  const { name, messages, atOnce } = options;
  const members = await server.users(options.members);
  const room = await server.room(members[0]!);
  const path = `/join/${encodeURIComponent(room)}`;
  await repeat(members.length - 1, 8, (i) => client.call('POST', path, (members[i + 1] as LoadUser).token, {}));
  const watchers = await watch(client, members, room);
  const { result: seconds, cpu } = await server.cpuOf(async () => {
    const started = performance.now();
    await repeat(messages, atOnce, async (_, lane) => {
      const begin = performance.now();
      watchers.sent(await sendMessage(client, members[lane]!, room), begin);
    });
    await watchers.until(messages, LIMIT_MS);
    return (performance.now() - started) / 1_000;
  });
  const wanted = messages * members.length;
  const seen = watchers.seen();
  const latencies = watchers.latencies();
  report.add({
    what: `${name}: deliveries a second to ${members.length} members who long-poll`,
    measured: `${digits(seen / seconds)} (${digits(messages / seconds)} messages a second)`,
  });
  report.add({ what: `${name}: CPU of a delivery`, measured: cpuPerOperation(cpu, { done: seen }) });
  report.add({
    what: `${name}: sent until seen, p50, p99`,
    measured: `${digits(quantile(latencies, 0.5), 1)}, ${digits(quantile(latencies, 0.99), 1)} ms`,
  });
  report.add({
    what: `${name}: lost, doubled`,
    measured: `${wanted - seen + watchers.doubled()}, ${watchers.doubled()}`,
    goal: '0, 0',
    met: seen === wanted && watchers.doubled() === 0,
  });
  const stopped = watchers.stop();
  // Wakes those who wait.
  await sendMessage(client, members[0]!, room);
  await stopped;
  return seen / seconds;
}
