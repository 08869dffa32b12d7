import type { BenchServer } from '../kit/bench-server.ts';
import { repeat } from '../kit/client.ts';
import { digits, quantile, type Report } from '../kit/report.ts';
import { scrape } from '../kit/scrape.ts';

const JOINS = 1_000;
const DECILE = JOINS / 10;
const AT_ONCE = 4;
const ROOMS = 100;
const GROWTH = 1.5;

/** A thousand users join one room: what the last hundred cost, against the first. */
export async function joins(report: Report, server: BenchServer): Promise<void> {
  const [creator, ...users] = await server.users(JOINS + 1);
  const path = `/join/${encodeURIComponent(await server.room(creator!))}`;
  const join = (i: number) => server.client.call('POST', path, users[i]!.token, {});
  const cpu: number[] = [];
  const p50: number[] = [];
  for (let decile = 0; decile < 10; decile++) {
    const measured = await server.cpuOf(() => repeat(DECILE, AT_ONCE, (i) => join(decile * DECILE + i)));
    cpu.push((measured.cpu.all * 1_000) / DECILE);
    p50.push(quantile(measured.result.took, 0.5));
  }
  for (const [what, values] of [
    ['CPU', cpu],
    ['p50', p50],
  ] as const) {
    const growth = values[9]! / values[0]!;
    report.add({
      what: `1,000 joins: ${what} of the last decile against the first`,
      measured: `${digits(growth, 2)} (${digits(values[9]!, 1)} against ${digits(values[0]!, 1)} ms)`,
      goal: `≤ ${GROWTH}`,
      met: growth <= GROWTH,
    });
  }
}

/** Rooms made one after the other: batches that the persister wrote for them. */
export async function creations(report: Report, server: BenchServer): Promise<void> {
  const [creator, invited] = await server.users(2);
  const batches = async () => (await scrape(server.client)).get('myelin_persist_batch_duration_seconds_count') ?? 0;
  const before = await batches();
  const { result, cpu } = await server.cpuOf(() =>
    repeat(ROOMS, 1, () =>
      server.client.call('POST', '/createRoom', creator!.token, {
        name: 'Bench',
        topic: 'Rooms with all that clients ask for',
        preset: 'private_chat',
        invite: [invited!.userId],
        initial_state: [{ type: 'm.room.encryption', content: { algorithm: 'm.megolm.v1.aes-sha2' } }],
      }),
    ),
  );
  const each = ((await batches()) - before) / result.done;
  report.add({
    what: 'createRoom: batches for all first events',
    measured: digits(each, 2),
    goal: '≤ 1',
    met: each <= 1,
  });
  report.add({
    what: 'createRoom: CPU, p50',
    measured: `${digits((cpu.all * 1_000) / result.done, 1)} ms, ${digits(quantile(result.took, 0.5), 1)} ms`,
  });
}
