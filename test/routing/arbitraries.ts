import fc from 'fast-check';
import { ENDPOINT_TABLE, type TableEndpoint } from '../../lib/routing/endpoint-table.ts';

/** Every literal segment of every template: the values most likely to confuse a router. */
const LITERALS = [
  ...new Set(
    ENDPOINT_TABLE.flatMap((endpoint) => endpoint.paths)
      .flatMap((path) => path.split('/'))
      .filter((segment) => segment !== '' && !segment.startsWith('{')),
  ),
];

const TRICKY = [
  '!room:example.org',
  '%21room%3Aexample.org',
  '@user:example.org',
  '$event',
  '%24acR1l0raoZnm60CBwAVgqbZqoO/mYU81xysh1u7XcJk'.replace('/', '%2F'),
  '%23alias:example.org',
  'a%2Fb',
  '%2F',
  '%2f%2F',
  '..',
  '%2e%2e',
  'a+b',
  'a%20b',
  'm.room.member',
  'tagsX',
  'account_data_of_mine',
  'sendX',
  'media.x',
  'state_ids',
  '%C3%BC%E2%9C%93',
];

/** One path segment as a client may send it: free text percent-encoded, identifiers raw, words of the router. */
export const rawSegment: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...LITERALS) },
  { weight: 2, arbitrary: fc.constantFrom(...TRICKY) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).map(encodeURIComponent) },
  { weight: 1, arbitrary: fc.stringMatching(/^[!$&'()*+,;=:@A-Za-z0-9._~-]{1,16}$/) },
);

/** A template with segments for its parameters. */
export function fill(template: string, values: readonly string[]): string {
  let next = 0;
  return template.replace(/\{[^}]+\}/g, () => values[next++]!);
}

export function parameterCount(template: string): number {
  return template.match(/\{[^}]+\}/g)?.length ?? 0;
}

export interface Sample {
  endpoint: TableEndpoint;
  template: string;
  values: string[];
  path: string;
}

/** A request path for a given template. */
export function samplesOf(endpoint: TableEndpoint, template: string): fc.Arbitrary<Sample> {
  const count = parameterCount(template);
  return fc
    .array(rawSegment, { minLength: count, maxLength: count })
    .map((values) => ({ endpoint, template, values, path: fill(template, values) }));
}
