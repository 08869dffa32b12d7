/**
 * A path of the server-server API with its parameters percent-encoded: federationPath`/v1/event/${eventId}`.
 */
export function federationPath(texts: TemplateStringsArray, ...values: string[]): string {
  return `/_matrix/federation${texts.map((text, i) => text + (i < values.length ? encodeURIComponent(values[i] as string) : '')).join('')}`;
}

/** A path with a query; an array gives its parameter several times, undefined none. */
export function withQuery(
  path: string,
  query: Record<string, string | number | boolean | readonly string[] | undefined>,
): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    if (typeof value === 'object') for (const one of value) params.append(name, one);
    else params.append(name, String(value));
  }
  const text = params.toString();
  return text === '' ? path : `${path}?${text}`;
}
