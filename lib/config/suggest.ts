import { keys } from './keys.ts';
import { nearest, plain } from './nearest.ts';

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

/**
 * The known key that an unknown one most likely stands for, or undefined when nothing is near: what is spelled nearly
 * so, then what other homeservers call so, then the same name in another section.
 */
export function nearestKey(unknown: string, known: Iterable<string> = keys.keys()): string | undefined {
  const candidates = [...known];
  const name = plain(unknown.split('.').at(-1) ?? '');
  return (
    nearest(unknown, candidates) ??
    synonyms[plain(unknown)] ??
    synonyms[name] ??
    candidates.find((candidate) => plain(candidate.split('.').at(-1) ?? '') === name)
  );
}
