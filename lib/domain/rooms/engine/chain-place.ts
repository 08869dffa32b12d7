/** Where a state event is on the chain cover, with what the events after it have to know. */
export interface ChainPlace {
  chain: number;
  sequence: number;
  /** Whether the next event may follow on the chain: nothing follows there yet. */
  last: boolean;
  /** What the chain reaches by its own links: chain → sequence. */
  links: ReadonlyMap<number, number>;
}

/** A cited event, and where it is. */
export interface CitedPlace {
  type: string;
  stateKey: string;
  place: ChainPlace;
}

/** The place of a new event, and the links that are to be stored with it. */
export interface NewPlace {
  place: ChainPlace;
  newLinks: [chain: number, sequence: number][];
}

/**
 * Finds a place for a new state event: behind the event that it replaces, if it cites that one and nothing else follows
 * there, else on a chain of its own. Links that follow from others are left out.
 *
 * @param follows the key on whose chain the event may go on; undefined to start a chain
 */
export function placeOnChain(
  eventNid: number,
  cited: readonly CitedPlace[],
  follows: { type: string; stateKey: string } | undefined,
): NewPlace {
  const before = follows && cited.find((c) => c.type === follows.type && c.stateKey === follows.stateKey);
  const predecessor = before?.place.last ? before.place : undefined;
  const newLinks: [number, number][] = [];
  for (const { type, place } of cited) {
    if (place === predecessor || place.chain === predecessor?.chain) continue;
    // Whatever is accepted cites the create event, or comes to it through its power levels and members.
    if (type === 'm.room.create' && cited.some((c) => c.type !== 'm.room.create')) continue;
    if ((predecessor?.links.get(place.chain) ?? 0) >= place.sequence) continue;
    const implied = cited.some(
      ({ place: other }) =>
        other !== place &&
        ((other.links.get(place.chain) ?? 0) >= place.sequence ||
          (other.chain === place.chain && other.sequence > place.sequence)),
    );
    if (!implied) newLinks.push([place.chain, place.sequence]);
  }
  const links = newLinks.length === 0 && predecessor ? predecessor.links : new Map(predecessor?.links);
  for (const [chain, sequence] of newLinks) (links as Map<number, number>).set(chain, sequence);
  const place = predecessor
    ? { chain: predecessor.chain, sequence: predecessor.sequence + 1, last: true, links }
    : { chain: eventNid, sequence: 1, last: true, links };
  return { place, newLinks };
}
