import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `condition` holds; throws with `what` after `ms` milliseconds. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  for (const deadline = Date.now() + ms; ; await sleep(5)) {
    if (await condition()) return;
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms in vain: ${what}`);
  }
}
