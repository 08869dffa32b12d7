import { invalidParam } from '../../spec/errors.ts';

/**
 * A place between events of a room. `topological`: just after the event of that depth and position. `stream`: after
 * everything up to that place of the events stream.
 */
export type TimelinePoint =
  | { kind: 'topological'; depth: number; position: number }
  | { kind: 'stream'; position: number };

// Positions of history that was filled in backwards are negative.
const TOPOLOGICAL = /^t(\d{1,15})-(-?\d{1,15})$/;
const STREAM = /^s(\d{1,15})(?:_\d{1,15}){0,15}$/;

/**
 * Reads a pagination token: `t<depth>-<position>`, or a token of `/sync`, whose first number is a place in the events
 * stream.
 * @param name the query parameter, for the sentence.
 * @throws MatrixError 400 M_INVALID_PARAM when it is neither.
 */
export function parsePoint(text: string, name: string): TimelinePoint {
  const topological = TOPOLOGICAL.exec(text);
  if (topological) return { kind: 'topological', depth: Number(topological[1]), position: Number(topological[2]) };
  const stream = STREAM.exec(text);
  if (stream) return { kind: 'stream', position: Number(stream[1]) };
  throw invalidParam(`${name} is not a token that this server has given.`);
}

/** The token of a place. */
export function formatPoint(point: TimelinePoint): string {
  return point.kind === 'topological' ? `t${point.depth}-${point.position}` : `s${point.position}`;
}

/** The place just after an event. */
export function pointAfter(event: { depth: number; position: number | null }): TimelinePoint {
  return { kind: 'topological', depth: event.depth, position: event.position as number };
}

/** The place just before an event. */
export function pointBefore(event: { depth: number; position: number | null }): TimelinePoint {
  return { kind: 'topological', depth: event.depth, position: (event.position as number) - 1 };
}
