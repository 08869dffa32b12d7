import { isWordUnit } from './glob.ts';

/** Most units of the key of a name that has no word in it, see {@link NameIndex}. */
const LONGEST_PREFIX = 3;

/**
 * Finds who might be named in a text without looking at everyone. The answer may hold too many, never too few.
 *
 * A name that occurs between word boundaries brings each of its words (runs of `[a-z0-9_]`) into the text as whole
 * words, so each name is kept under the one of its words that it shares with the fewest. Names without such a word, as
 * in Cyrillic or of emoji, are kept under their first units.
 */
export class NameIndex {
  readonly #byWord = new Map<string, Set<string>>();
  readonly #byPrefix = new Map<string, Set<string>>();
  /** How many names are kept under prefixes of each length. */
  readonly #prefixes = [0, 0, 0, 0];
  readonly #keys = new Map<string, { map: Map<string, Set<string>>; key: string }>();

  /** Files a user under a folded name, instead of the name filed before. An empty one names nobody. */
  set(userId: string, foldedName: string): void {
    this.delete(userId);
    if (foldedName === '') return;
    const words = wordsOf(foldedName);
    let map = this.#byWord;
    let key: string | undefined;
    for (const word of words) {
      if (key === undefined || (map.get(word)?.size ?? 0) < (map.get(key)?.size ?? 0)) key = word;
    }
    if (key === undefined) {
      map = this.#byPrefix;
      key = foldedName.slice(0, LONGEST_PREFIX);
      this.#prefixes[key.length]!++;
    }
    let users = map.get(key);
    if (users === undefined) {
      users = new Set();
      map.set(key, users);
    }
    users.add(userId);
    this.#keys.set(userId, { map, key });
  }

  delete(userId: string): void {
    const filed = this.#keys.get(userId);
    if (filed === undefined) return;
    this.#keys.delete(userId);
    if (filed.map === this.#byPrefix) this.#prefixes[filed.key.length]!--;
    const users = filed.map.get(filed.key)!;
    users.delete(userId);
    if (users.size === 0) filed.map.delete(filed.key);
  }

  /** Everyone whose name might occur in the folded text. */
  *candidates(foldedText: string): Iterable<string> {
    if (this.#byWord.size > 0) {
      for (const word of wordsOf(foldedText)) yield* this.#byWord.get(word) ?? [];
    }
    if (this.#byPrefix.size === 0) return;
    for (let length = 1; length <= LONGEST_PREFIX; length++) {
      if (this.#prefixes[length] === 0) continue;
      const prefixes = new Set<string>();
      for (let at = 0; at + length <= foldedText.length; at++) prefixes.add(foldedText.slice(at, at + length));
      for (const prefix of prefixes) yield* this.#byPrefix.get(prefix) ?? [];
    }
  }
}

function wordsOf(text: string): Set<string> {
  const words = new Set<string>();
  let start = -1;
  for (let i = 0; i <= text.length; i++) {
    const inWord = i < text.length && isWordUnit(text.charCodeAt(i));
    if (inWord && start < 0) start = i;
    if (!inWord && start >= 0) {
      words.add(text.slice(start, i));
      start = -1;
    }
  }
  return words;
}
