import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Clock, ManualClock, systemClock } from '../../lib/platform/clock.ts';

/** What every clock has to do; `pass` lets time go by. */
function clockSuite(name: string, make: () => { clock: Clock; pass(ms: number): Promise<void> }): void {
  describe(`clock: ${name}`, () => {
    test('now, monotonic and sleep agree', async () => {
      const { clock, pass } = make();
      const [now, monotonic] = [clock.now(), clock.monotonic()];
      let woken = false;
      const slept = clock.sleep(30).then(() => {
        woken = true;
      });
      assert.equal(woken, false);
      await pass(40);
      await slept;
      assert.ok(woken);
      assert.ok(clock.now() - now >= 29);
      assert.ok(clock.monotonic() - monotonic >= 29);
    });

    test('a sleep ends with the reason of its signal', async () => {
      const { clock } = make();
      const controller = new AbortController();
      const slept = clock.sleep(60_000, controller.signal);
      controller.abort(new Error('shutting down'));
      await assert.rejects(slept, /shutting down/);
      await assert.rejects(clock.sleep(60_000, controller.signal), /shutting down/);
    });
  });
}

clockSuite('system', () => ({ clock: systemClock, pass: (ms) => systemClock.sleep(ms) }));
clockSuite('manual', () => {
  const clock = new ManualClock();
  return { clock, pass: (ms) => clock.advance(ms) };
});

test('a manual clock wakes sleepers in order, and those that they start', async () => {
  const clock = new ManualClock(1_000);
  const woken: string[] = [];
  const sleeper = async (name: string, ms: number, again = 0) => {
    await clock.sleep(ms);
    woken.push(`${name}@${clock.now()}`);
    if (again) await sleeper(`${name}'`, again);
  };
  void sleeper('late', 50);
  void sleeper('early', 10, 15);
  await clock.advance(40);
  assert.deepEqual(woken, ['early@1010', "early'@1025"]);
  assert.equal(clock.sleeping, 1);
  await clock.advance(10);
  assert.deepEqual(woken.at(-1), 'late@1050');
  assert.equal(clock.now(), 1_050);
});
