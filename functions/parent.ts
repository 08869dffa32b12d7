import { once } from 'node:events';

/** What a process tells the one that started it: where it takes requests. */
export interface ChildReady {
  type: 'ready';
  urls: string[];
}

/** Tells the process that started this one, if that wants to know, that it takes requests. */
export function tellReady(urls: string[]): void {
  process.send?.({ type: 'ready', urls } satisfies ChildReady);
}

/** Resolves with the reason to end: SIGTERM, SIGINT, or the end of a process that started this one and listens to it. */
export async function toldToEnd(): Promise<string> {
  const reasons = [once(process, 'SIGTERM').then(() => 'SIGTERM'), once(process, 'SIGINT').then(() => 'SIGINT')];
  if (process.connected) reasons.push(once(process, 'disconnect').then(() => 'its parent has ended'));
  return Promise.race(reasons);
}
