import type { z } from 'zod';
import type { Config } from './config.ts';
import { keys } from './keys.ts';
import type { Findings } from './sources.ts';

const shownLength = 60;

/** A value as it may stand in a mistake: shortened, and never a secret. */
function show(value: unknown, secret: boolean): string {
  if (secret) return 'something else';
  const written = JSON.stringify(value) ?? String(value);
  return written.length > shownLength ? `${written.slice(0, shownLength)}…` : written;
}

/**
 * Checks every value found on its own.
 * @returns the values that may be used, as an object of sections
 */
export function checkValues(findings: Findings, problems: string[]): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const [path, { value, source }] of findings) {
    const key = keys.get(path);
    if (key === undefined) continue;
    const { facts } = key;
    if (facts.type === 'section') {
      if (facts.orFalse && value === false) plant(tree, path, false);
      else
        problems.push(
          `${path} must be an object${facts.orFalse ? ' or false' : ''}; it is ${show(value, false)} (from ${source})`,
        );
      continue;
    }
    const checked = (key.schema as z.ZodType).safeParse(value);
    if (checked.success) plant(tree, path, checked.data);
    else problems.push(`${path} must be ${facts.expects}; it is ${show(value, facts.secret)} (from ${source})`);
  }
  return tree;
}

function plant(tree: Record<string, unknown>, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop()!;
  let level = tree;
  for (const name of names) {
    level[name] ??= {};
    level = level[name] as Record<string, unknown>;
  }
  level[last] = value;
}

/** What no key can know alone. */
export function checkTogether(config: Config, problems: string[]): void {
  const { listen, tls, email } = config;
  if (listen.httpsPort !== undefined && (tls.certFile === undefined || tls.keyFile === undefined)) {
    problems.push('listen.httpsPort needs a certificate: give tls.certFile and tls.keyFile');
  }
  if ((tls.certFile === undefined) !== (tls.keyFile === undefined)) {
    const [there, missing] = tls.certFile === undefined ? ['keyFile', 'certFile'] : ['certFile', 'keyFile'];
    problems.push(`tls.${there} is there, but tls.${missing} is missing; they go together`);
  }
  if (listen.httpsPort !== undefined && listen.httpsPort !== 0 && listen.httpsPort === listen.httpPort) {
    problems.push(`listen.httpPort and listen.httpsPort are both ${listen.httpPort}; each needs its own port`);
  }
  if (config.registrationRequiresCaptcha && !(config.recaptcha.publicKey && config.recaptcha.privateKey)) {
    problems.push('registrationRequiresCaptcha needs recaptcha.publicKey and recaptcha.privateKey');
  }
  if ((email.username === undefined) !== (email.password === undefined)) {
    problems.push('email.username and email.password go together; one of them is missing');
  }
}
