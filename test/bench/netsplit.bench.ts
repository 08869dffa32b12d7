import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { JsonObject } from '../../lib/spec/json.ts';
import { testEngine } from '../room-engine/engine-kit.ts';
import { lookAt, sorted } from '../room-engine/look.ts';
import { ALICE, RemoteRoom } from '../room-engine/remote-room.ts';
import { digits, Report } from './kit/report.ts';

const HALF = 5_000;
const AT_ONCE = 250;

export const about = 'Two halves of a federation meet again: stored state with 10,000 events in dispute is resolved';

/**
 * A room in which 5,000 users of this server have come while it was cut off, and 5,000 of another; then the first event of
 * the other half arrives with its state. What it takes to resolve, from the database and back, beside the persister.
 */
export async function run(): Promise<void> {
  const report = new Report('npm run bench -- netsplit');
  for (const version of ['11', '12']) {
    const engine = await testEngine();
    try {
      const room = new RemoteRoom(version).start();
      await room.joinedBy(engine.events);
      const { last } = room;
      for (let at = 0; at < HALF; at += AT_ONCE) {
        const events = Array.from({ length: AT_ONCE }, (_, i) => {
          const user = `@here${at + i}:localhost`;
          return { type: 'm.room.member', stateKey: user, sender: user, content: { membership: 'join' } as JsonObject };
        });
        await engine.events.sendAll({ roomId: room.roomId, events });
      }
      const joins: string[] = [];
      let after = last;
      for (let i = 0; i < HALF; i++) {
        const user = `@there${i}:b.example`;
        after = room.member(user, user, 'join', { after: [after] });
        joins.push(after);
      }
      for (let at = 0; at < HALF; at += AT_ONCE) {
        await room.sendTo(engine.events, joins.slice(at, at + AT_ONCE), { outlier: true });
      }
      const gap = room.say(ALICE, 'somebody there?', { after: [after] });
      const end = room.say(ALICE, 'hello', { after: [gap] });
      const stateBefore = [...room.stateAfter([gap]).values()];

      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const busy = performance.eventLoopUtilization();
      const started = performance.now();
      const [result] = await room.sendTo(engine.events, [end], { stateBefore });
      const seconds = (performance.now() - started) / 1_000;
      const { active } = performance.eventLoopUtilization(busy);
      delay.disable();
      if (result?.status !== 'accepted') throw new Error(`the event was ${result?.status}: ${result?.error}`);
      const stored = await lookAt(engine.db, room.roomId);
      const same = sorted(stored.current).join() === sorted(stored.byGroup).join();
      if (stored.current.size < 2 * HALF || !same) throw new Error('the halves are not one room');
      report.add({
        what: `version ${version}: taking the event in, with ${digits(engine.events.resolutions.large)} resolution in a thread`,
        measured: `${digits(seconds, 2)} s`,
      });
      report.add({
        what: `version ${version}: of it the persister's own thread was busy`,
        measured: `${digits(active)} ms, ${digits(delay.max / 1e6)} ms at most at a stretch`,
      });
    } finally {
      await engine.close();
    }
  }
  report.end();
}
