/**
 * Glob matching of push rules (appendices `#glob-style-matching`, client-server `#conditions`): `*` is any run of
 * characters, `?` exactly one, case does not count. No regular expressions: the patterns are the users', and the time a
 * match takes is linear in the text.
 */

/** Brings text into the form in which case no longer counts. */
export function foldCase(text: string): string {
  // A final sigma is a matter of position, which a glob cannot know.
  return text.toLowerCase().replaceAll('ς', 'σ');
}

/** A pattern ready to be matched against text that went through {@link foldCase}. */
export interface Glob {
  /** Does the whole text match? */
  matchesAll(folded: string): boolean;
  /** Does some part of the text match that starts and ends at a word boundary? */
  matchesWords(folded: string): boolean;
}

/** Makes a pattern ready. */
export function compileGlob(pattern: string): Glob {
  const pieces = foldCase(pattern).split('*');
  const last = pieces.length - 1;
  const kept = pieces.filter((piece, i) => i === 0 || i === last || piece !== '');
  if (!pattern.includes('?') && !kept.some(isRepetitive)) return new PiecewiseGlob(kept.map(literalPiece), identity);
  return new PiecewiseGlob(kept.map(shiftAndPiece), codePoints);
}

/** Does the text contain the needle, taken literally, between word boundaries? Both already folded. */
export function containsWords(folded: string, needle: string): boolean {
  for (let at = folded.indexOf(needle); at >= 0; at = folded.indexOf(needle, at + 1)) {
    if (isBoundary(folded, at) && isBoundary(folded, at + needle.length)) return true;
    if (at === folded.length) break;
  }
  return false;
}

/** Text as UTF-16 units (a string) or as code points (an array). */
type Units = string | readonly number[];

/** A run of the pattern between two stars. */
interface Piece<T extends Units> {
  /** In units of the text. */
  length: number;
  isAt(text: T, start: number): boolean;
  /** Start of the first occurrence at or after `from` that is accepted, or -1. */
  find(text: T, from: number, accept: (start: number) => boolean): number;
}

/** The pattern as its pieces; a star lies between each two of them. */
class PiecewiseGlob<T extends Units> implements Glob {
  readonly #first: Piece<T>;
  readonly #middle: Piece<T>[];
  readonly #last: Piece<T> | undefined;
  readonly #toUnits: (folded: string) => T;

  constructor(pieces: Piece<T>[], toUnits: (folded: string) => T) {
    this.#first = pieces[0]!;
    this.#middle = pieces.slice(1, -1);
    this.#last = pieces.length > 1 ? pieces[pieces.length - 1] : undefined;
    this.#toUnits = toUnits;
  }

  matchesAll(folded: string): boolean {
    const text = this.#toUnits(folded);
    const first = this.#first;
    if (this.#last === undefined) return text.length === first.length && first.isAt(text, 0);
    const tail = text.length - this.#last.length;
    if (tail < first.length || !first.isAt(text, 0) || !this.#last.isAt(text, tail)) return false;
    const middleEnd = this.#findMiddle(text, first.length);
    return middleEnd >= 0 && middleEnd <= tail;
  }

  matchesWords(folded: string): boolean {
    const text = this.#toUnits(folded);
    const first = this.#first;
    const last = this.#last;
    if (last === undefined) {
      return first.find(text, 0, (at) => isBoundary(text, at) && isBoundary(text, at + first.length)) >= 0;
    }
    const start = first.find(text, 0, (at) => isBoundary(text, at));
    if (start < 0) return false;
    const middleEnd = this.#findMiddle(text, start + first.length);
    if (middleEnd < 0) return false;
    // After a final star the match may run to the end of the text.
    return last.length === 0 || last.find(text, middleEnd, (at) => isBoundary(text, at + last.length)) >= 0;
  }

  /** End of the middle pieces, each put as early as it can be, which leaves the most room for the rest; or -1. */
  #findMiddle(text: T, from: number): number {
    let end = from;
    for (const piece of this.#middle) {
      const at = piece.find(text, end, always);
      if (at < 0) return -1;
      end = at + piece.length;
    }
    return end;
  }
}

const always = (): boolean => true;
const identity = (folded: string): string => folded;
const codePoints = (folded: string): number[] => Array.from(folded, (character) => character.codePointAt(0)!);

/** A word boundary: either end of the text, or next to a character outside of `[A-Za-z0-9_]`. */
function isBoundary(text: Units, at: number): boolean {
  return at <= 0 || at >= text.length || !isWordUnit(unitAt(text, at - 1)) || !isWordUnit(unitAt(text, at));
}

function unitAt(text: Units, at: number): number {
  return typeof text === 'string' ? text.charCodeAt(at) : text[at]!;
}

/** Is this unit of folded text one of `[a-z0-9_]`? */
export function isWordUnit(unit: number): boolean {
  return (unit >= 97 && unit <= 122) || (unit >= 48 && unit <= 57) || unit === 95 || (unit >= 65 && unit <= 90);
}

/** Repeats itself so often that looking for each occurrence in turn would not stay linear. */
function isRepetitive(piece: string): boolean {
  return piece.length >= 16 && smallestPeriod(piece) * 8 <= piece.length;
}

function smallestPeriod(piece: string): number {
  const border = new Int32Array(piece.length + 1);
  border[0] = -1;
  for (let i = 0, k = -1; i < piece.length; ) {
    while (k >= 0 && piece.charCodeAt(i) !== piece.charCodeAt(k)) k = border[k]!;
    border[++i] = ++k;
  }
  return piece.length - border[piece.length]!;
}

function literalPiece(literal: string): Piece<string> {
  return {
    length: literal.length,
    isAt: (text, start) => text.startsWith(literal, start),
    find(text, from, accept) {
      for (let at = text.indexOf(literal, from); at >= 0; at = text.indexOf(literal, at + 1)) {
        if (accept(at)) return at;
        if (at === text.length) return -1;
      }
      return -1;
    },
  };
}

/** A piece with `?`, or a repetitive one, found by the shift-and algorithm: one bit for each position in the piece. */
function shiftAndPiece(source: string): Piece<readonly number[]> {
  const points = codePoints(source);
  const length = points.length;
  const words = Math.max(1, Math.ceil(length / 32));
  const wild = new Int32Array(words);
  points.forEach((point, i) => {
    if (point === QUESTION_MARK) wild[i >> 5]! |= 1 << (i & 31);
  });
  const masks = new Map<number, Int32Array>();
  points.forEach((point, i) => {
    const mask = masks.get(point) ?? wild.slice();
    mask[i >> 5]! |= 1 << (i & 31);
    masks.set(point, mask);
  });
  const finalWord = (length - 1) >> 5;
  const finalBit = 1 << ((length - 1) & 31);
  return {
    length,
    isAt: (text, start) =>
      start + length <= text.length && points.every((p, i) => p === QUESTION_MARK || p === text[start + i]),
    find(text, from, accept) {
      if (length === 0) {
        for (let at = from; at <= text.length; at++) if (accept(at)) return at;
        return -1;
      }
      const state = new Int32Array(words);
      for (let i = from; i < text.length; i++) {
        const mask = masks.get(text[i]!) ?? wild;
        let carry = 1;
        for (let word = 0; word < words; word++) {
          const previous = state[word]!;
          state[word] = ((previous << 1) | carry) & mask[word]!;
          carry = previous >>> 31;
        }
        const start = i - length + 1;
        if ((state[finalWord]! & finalBit) !== 0 && accept(start)) return start;
      }
      return -1;
    },
  };
}

const QUESTION_MARK = 63;
