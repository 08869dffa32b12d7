const MOST_WORDS = 50;
const LONGEST_WORD = 100;

/** A text as names are compared: without case, marks and forms of the same letter. */
export function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll('\0', '')
    .trim();
}

/** The words of a text, folded, each once. */
export function wordsOf(text: string): string[] {
  const words = folded(text).match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words.map((word) => [...word].slice(0, LONGEST_WORD).join('')))].slice(0, MOST_WORDS);
}
