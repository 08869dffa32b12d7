import { randomUUID } from 'node:crypto';
import type { OpenContext } from '../../../lib/domain/create-context.ts';
import { cluster } from '../../workers/cluster.ts';
import { digits, quantile, type Report } from '../kit/report.ts';

const SENDS = 500;
const GOAL_MS = 2;

/**
 * The way to a writer in another process, by itself: the same command given to the persister in its own process and from
 * one beside it, by turns, one after the other.
 */
export async function hop(report: Report): Promise<void> {
  const apart = await cluster();
  try {
    const owner = await apart.open(['event-persister']);
    const other = await apart.open(['client']);
    const creator = `@bench:${owner.serverName}`;
    const { roomId } = await owner.writers.events.createRoom({
      roomVersion: '12',
      creator,
      events: [
        { type: 'm.room.create', stateKey: '', sender: creator, content: { room_version: '12' } },
        { type: 'm.room.member', stateKey: creator, sender: creator, content: { membership: 'join' } },
      ],
      isPublic: false,
      aliases: [],
    });
    const took = { here: [] as number[], there: [] as number[] };
    const send = async (ctx: OpenContext, into: number[]) => {
      const content = { msgtype: 'm.text', body: randomUUID() };
      const started = performance.now();
      await ctx.writers.events.send({ roomId, event: { type: 'm.room.message', sender: creator, content } });
      into.push(performance.now() - started);
    };
    for (let i = 0; i < SENDS; i++) {
      await send(owner, took.here);
      await send(other, took.there);
    }
    const [here, there] = [quantile(took.here, 0.5), quantile(took.there, 0.5)];
    report.add({
      what: 'the hop to a writer in another process: p50 of a send',
      measured: `${digits(there - here, 2)} ms (${digits(there, 2)} against ${digits(here, 2)})`,
      goal: `≤ ${GOAL_MS} ms`,
      met: there - here <= GOAL_MS,
    });
  } finally {
    await apart.close();
  }
}
