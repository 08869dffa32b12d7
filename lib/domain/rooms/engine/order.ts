import type { Received } from './receiver.ts';

/** Events with those that they name (as previous or auth events) before them, otherwise as they came. */
export function inOrder(received: readonly Received[]): Received[] {
  const byId = new Map(received.map((one) => [one.incoming.eventId, one]));
  const ordered: Received[] = [];
  const seen = new Set<Received>();
  for (const first of received) {
    const stack = [{ one: first, next: 0 }];
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as (typeof stack)[number];
      if (top.next === 0 && seen.has(top.one)) {
        stack.pop();
        continue;
      }
      seen.add(top.one);
      const { authIds, prevIds } = top.one.incoming;
      const named = top.next < authIds.length ? authIds[top.next] : prevIds[top.next - authIds.length];
      top.next++;
      if (named === undefined) {
        ordered.push(top.one);
        stack.pop();
        continue;
      }
      const before = byId.get(named);
      if (before && !seen.has(before)) stack.push({ one: before, next: 0 });
    }
  }
  return ordered;
}
