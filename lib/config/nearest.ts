/** A name without what people write differently: case, underscores, dots. */
export function plain(name: string): string {
  return name.replace(/[^0-9A-Za-z]/g, '').toLowerCase();
}

/** Edits that turn one text into the other, at most `limit` of them; a swap of neighbours is one edit. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const next = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      let edits = Math.min(last[column]! + 1, next[column - 1]! + 1, last[column - 1]! + same);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) edits = Math.min(edits, before[column - 2]! + 1);
      next.push(edits);
    }
    before = last;
    last = next;
  }
  return last[b.length]!;
}

/** The candidate that is spelled most nearly like `wanted`, or undefined when none is near. */
export function nearest(wanted: string, candidates: Iterable<string>): string | undefined {
  const name = plain(wanted);
  const limit = name.length < 6 ? 1 : Math.max(2, Math.floor(name.length / 5));
  let best: string | undefined;
  let fewest = limit + 1;
  for (const candidate of candidates) {
    const edits = distance(name, plain(candidate), limit);
    if (edits < fewest) [best, fewest] = [candidate, edits];
  }
  return best;
}
