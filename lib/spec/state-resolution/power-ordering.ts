import { compareCodePoints } from '../canonical-json.ts';
import { Heap } from './heap.ts';
import type { ResolutionEvent } from './types.ts';
import { type EventSource, mustGet } from './types.ts';

/**
 * Is this a power event: one that might take away someone's ability to do something (`/rooms/v2` #definitions)?
 * Only the empty state key makes power levels or join rules those of the room.
 */
export function isPowerEvent(event: ResolutionEvent): boolean {
  switch (event.type) {
    case 'm.room.power_levels':
    case 'm.room.join_rules':
      return event.state_key === '';
    case 'm.room.member': {
      const { membership } = event.content;
      return (membership === 'leave' || membership === 'ban') && event.sender !== event.state_key;
    }
    default:
      return false;
  }
}

/**
 * The set X of step 1: the power events of the full conflicted set and what they rest on in it (`/rooms/v2` #algorithm).
 *
 * Auth chains are followed as long as they stay inside the full conflicted set, as all servers in use do; in v2.1 that
 * is the same as following them to the end, because the conflicted state subgraph has no gaps.
 */
export function selectPowerEvents(fullConflicted: ReadonlySet<string>, source: EventSource): Set<string> {
  const selected = new Set<string>();
  const stack: string[] = [];
  for (const id of fullConflicted) if (isPowerEvent(mustGet(source, id))) stack.push(id);
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (selected.has(id)) continue;
    selected.add(id);
    for (const cited of mustGet(source, id).authEventIds) {
      if (fullConflicted.has(cited) && !selected.has(cited)) stack.push(cited);
    }
  }
  return selected;
}

interface Vertex {
  event: ResolutionEvent;
  power: number;
  /** How many of the events it cites have not been put out yet. */
  waitingFor: number;
  citedBy: Vertex[];
}

/**
 * Reverse topological power ordering (`/rooms/v2` #definitions): Kahn's algorithm over the `auth_events` links among
 * the given events, taking at each step the candidate with the most powerful sender, then the earliest timestamp, then
 * the smallest id. Earliest event first.
 *
 * @param senderPower the power of an event's sender by that event's own `auth_events`
 */
export function powerOrder(
  eventIds: Iterable<string>,
  source: EventSource,
  senderPower: (event: ResolutionEvent) => number,
): ResolutionEvent[] {
  const vertices = new Map<string, Vertex>();
  for (const id of eventIds) {
    const event = mustGet(source, id);
    vertices.set(id, { event, power: senderPower(event), waitingFor: 0, citedBy: [] });
  }
  const candidates = new Heap<Vertex>(compareVertices);
  for (const vertex of vertices.values()) {
    for (const id of new Set(vertex.event.authEventIds)) {
      const cited = vertices.get(id);
      if (cited === undefined) continue;
      cited.citedBy.push(vertex);
      vertex.waitingFor++;
    }
    if (vertex.waitingFor === 0) candidates.push(vertex);
  }
  const ordered: ResolutionEvent[] = [];
  for (let next = candidates.pop(); next !== undefined; next = candidates.pop()) {
    ordered.push(next.event);
    for (const vertex of next.citedBy) if (--vertex.waitingFor === 0) candidates.push(vertex);
  }
  return ordered;
}

function compareVertices(a: Vertex, b: Vertex): number {
  // Not a difference: creators of version 12 have infinite power, and ∞ − ∞ is no number.
  if (a.power !== b.power) return a.power > b.power ? -1 : 1;
  return a.event.origin_server_ts - b.event.origin_server_ts || compareCodePoints(a.event.eventId, b.event.eventId);
}
