import { keys } from './keys.ts';

/** What other homeservers call a thing, written without case and underscores. */
const synonyms: Record<string, string> = {
  usepresence: 'presence.enabled',
  publicbaseurl: 'publicBaseUrl',
  port: 'listen.httpPort',
  host: 'listen.host',
  database: 'databaseUrl',
  redis: 'redisUrl',
  maxuploadsize: 'limits.maxUploadBytes',
  enableregistrationcaptcha: 'recaptcha.privateKey',
  urlpreviewenabled: 'urlPreviews.enabled',
  appserviceconfigfiles: 'appservices',
  workerreplicationsecret: 'replication.secret',
  signingkeypath: 'signingKeyFile',
  mediastorepath: 'media.directory',
  turnuris: 'turn.uris',
  turnsharedsecret: 'turn.sharedSecret',
  loglevel: 'log.level',
  datadir: 'dataDirectory',
};

function plain(name: string): string {
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

/**
 * The known key that an unknown one most likely stands for, or undefined when nothing is near.
 * A key of the same section is preferred, then the same name anywhere, then what is spelled nearly so.
 */
export function nearestKey(unknown: string, known: Iterable<string> = keys.keys()): string | undefined {
  const wanted = plain(unknown);
  const synonym = synonyms[wanted] ?? synonyms[plain(unknown.split('.').at(-1) ?? '')];
  const limit = Math.max(2, Math.floor(wanted.length / 5));
  let best: string | undefined;
  let fewest = limit + 1;
  for (const candidate of known) {
    const edits = distance(wanted, plain(candidate), limit);
    if (edits < fewest) [best, fewest] = [candidate, edits];
  }
  if (best !== undefined) return best;
  if (synonym !== undefined) return synonym;
  const name = plain(unknown.split('.').at(-1) ?? '');
  return [...known].find((candidate) => plain(candidate.split('.').at(-1) ?? '') === name);
}
