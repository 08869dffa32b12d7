/** A JSON object from members that are JSON text already; undefined ones are left out. */
export function jsonObject(members: Record<string, string | undefined>): string {
  let out = '';
  for (const [key, text] of Object.entries(members)) {
    if (text === undefined) continue;
    out += `${out === '' ? '' : ','}${JSON.stringify(key)}:${text}`;
  }
  return `{${out}}`;
}

/** A JSON array from elements that are JSON text already. */
export function jsonArray(elements: string[]): string {
  return `[${elements.join(',')}]`;
}
