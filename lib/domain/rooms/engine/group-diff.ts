import type { Queryable } from '../../../storage/database.ts';
import { getEntriesOfGroup, getGroupContents, getGroupLinks } from '../../../storage/state/groups.ts';
import type { StateChange } from '../state-chain.ts';

/** A state group, stored or about to be: what it changes on top of a stored one. */
export interface GroupRef {
  /** Its id, stored or not. */
  group: number;
  /** The stored group that it is, or rests on; null for the empty state. */
  base: number | null;
  /** Changes on top of `base` that are not stored yet; an event of 0 takes a key away. */
  overlay: StateChange[];
}

/** A stored group. */
export function storedGroup(group: number): GroupRef {
  return { group, base: group === 0 ? null : group, overlay: [] };
}

/** Where several groups differ. */
export interface GroupDiff {
  /** For each group its value of every key on which they may differ; absent keys are absent. */
  values: Map<string, number>[];
  /** Every such key, `type\0state key`. */
  keys: Set<string>;
  /** The newest stored group below all of them; null when they share none. */
  shared: number | null;
  /** Entries in the links of `shared`: how large the room's state is, roughly. */
  sharedEntries: number;
}

/**
 * Compares groups by the parts of their delta chains that they don't share, so that it costs what has changed since they
 * parted and not the size of the room's state. Three queries at most.
 */
export async function diffGroups(db: Queryable, refs: readonly GroupRef[]): Promise<GroupDiff> {
  const bases = [...new Set(refs.flatMap((ref) => (ref.base === null ? [] : [ref.base])))];
  const links = Map.groupBy(await getGroupLinks(db, bases), (link) => link.start);
  const chains = refs.map((ref) => (ref.base === null ? [] : (links.get(ref.base) ?? [])));
  const members = chains.map((chain) => new Set(chain.map((link) => link.stateGroup)));
  const sharedAt = (chains[0] ?? []).findIndex((link) => members.every((groups) => groups.has(link.stateGroup)));
  const shared = sharedAt < 0 ? null : (chains[0]?.[sharedAt]?.stateGroup as number);
  const sharedEntries =
    sharedAt < 0 ? 0 : (chains[0] ?? []).slice(sharedAt).reduce((sum, link) => sum + link.entries, 0);

  const own = chains.map((chain) => {
    const end = shared === null ? chain.length : chain.findIndex((link) => link.stateGroup === shared);
    return chain.slice(0, end).map((link) => link.stateGroup);
  });
  const contents = new Map(
    (await getGroupContents(db, [...new Set(own.flat())])).map((content) => [content.stateGroup, content]),
  );
  const changed = refs.map((ref, i) => {
    const entries = new Map<string, number>();
    for (const group of [...(own[i] as number[])].reverse()) {
      const content = contents.get(group);
      content?.types.forEach((type, at) => {
        entries.set(`${type}\0${content.stateKeys[at]}`, content.eventNids[at] as number);
      });
    }
    for (const { type, stateKey, eventNid } of ref.overlay) entries.set(`${type}\0${stateKey}`, eventNid);
    return entries;
  });
  const keys = new Set(changed.flatMap((entries) => [...entries.keys()]));
  const unknown = [...keys].filter((key) => changed.some((entries) => !entries.has(key)));
  const below = new Map<string, number>();
  if (shared !== null && unknown.length > 0) {
    for (const entry of await getEntriesOfGroup(db, shared, unknown.map(splitKey))) {
      below.set(`${entry.type}\0${entry.stateKey}`, entry.eventNid);
    }
  }
  const values = changed.map((entries) => {
    const all = new Map<string, number>();
    for (const key of keys) {
      const eventNid = entries.get(key) ?? below.get(key) ?? 0;
      if (eventNid !== 0) all.set(key, eventNid);
    }
    return all;
  });
  return { values, keys, shared, sharedEntries };
}

/** Takes a key apart. */
export function splitKey(key: string): [type: string, stateKey: string] {
  const cut = key.indexOf('\0');
  return [key.slice(0, cut), key.slice(cut + 1)];
}
