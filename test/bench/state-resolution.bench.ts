import { getRoomVersion } from '../../lib/spec/room-versions.ts';
import { AuthGraph, resolveState, type StateMap } from '../../lib/spec/state-resolution/index.ts';
import { FORKS } from './kit/forks.ts';

export const about = 'State resolution of large forks: [EVENTS in dispute, 10000]';

/** Both sides of each fork are grown without looking at the auth rules, which the resolution then does. */
export async function run([count]: string[]): Promise<void> {
  const events = Number(count ?? 10_000);
  console.log(`state resolution, ${events} events in dispute, best of 5, milliseconds`);
  for (const [name, make] of Object.entries(FORKS)) {
    for (const version of ['1', '11', '12']) {
      const [one, other] = make(version, events / 2);
      const sets: StateMap[] = [one.state, other.state];
      const whole = best(() => resolveState(getRoomVersion(version)!, sets, one.events));
      const idSets = sets.map((set) => new Set(set.values()));
      const difference = best(() => new AuthGraph(one.events).authDifference(idSets));
      const note = version === '1' ? '' : `, of which auth difference ${difference.toFixed(1)}`;
      console.log(`  v${version.padEnd(2)} ${name}: ${whole.toFixed(1)}${note}`);
    }
  }
}

function best(work: () => unknown): number {
  let least = Infinity;
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    work();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
