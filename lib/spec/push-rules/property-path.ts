/**
 * Takes a dot-separated property path apart (appendices `#dot-separated-property-paths`): `\.` and `\\` stand for a
 * literal dot and backslash, any other backslash for itself.
 */
export function parsePropertyPath(path: string): string[] {
  const segments: string[] = [];
  let segment = '';
  for (let i = 0; i < path.length; i++) {
    const unit = path[i]!;
    const next = path[i + 1];
    if (unit === '\\' && (next === '.' || next === '\\')) {
      segment += next;
      i++;
    } else if (unit === '.') {
      segments.push(segment);
      segment = '';
    } else {
      segment += unit;
    }
  }
  segments.push(segment);
  return segments;
}

/** The property at a path, or undefined. Only own properties of objects count, never indices of arrays. */
export function propertyAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const name of path) {
    if (value === null || typeof value !== 'object' || Array.isArray(value) || !Object.hasOwn(value, name)) {
      return undefined;
    }
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
