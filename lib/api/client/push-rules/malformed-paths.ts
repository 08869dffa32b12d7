import { invalidParam } from '../../../spec/errors.ts';
import { defineEndpoint, type Endpoint, versions } from '../../http/endpoint.ts';

const BASE = '/_matrix/client/v3/pushrules/';
const TAILS = [
  '{scope}',
  '{scope}/',
  '{scope}/{kind}',
  '{scope}/{kind}/',
  '{scope}/{kind}/{ruleId}',
  '{scope}/{kind}/{ruleId}/',
  '{scope}/{kind}/{ruleId}/{attribute}',
];

/**
 * Paths below `/pushrules/` that name no rule: clients expect 400 and what is wrong, not that the endpoint is unknown.
 * Registered behind the real ones.
 */
export const malformedPaths: Endpoint[] = (['GET', 'PUT', 'DELETE'] as const).flatMap((method) => {
  const tails = method === 'GET' ? TAILS : ['', ...TAILS];
  const [path, ...others] = tails.map((tail) => BASE + tail) as [string, ...string[]];
  return defineEndpoint({
    method,
    path,
    aliases: [path, ...others].flatMap((p) => (p === path ? versions(p, 'r0') : [p, ...versions(p, 'r0')])),
    auth: 'user',
    unlisted: true,
    handle(_ctx, { params }) {
      const { scope, kind, ruleId, attribute } = params;
      if (scope === undefined) throw invalidParam('The path names no scope; it must be "global".');
      if (scope !== 'global') throw invalidParam(`There is no scope "${scope}"; it must be "global".`);
      if (kind === undefined) throw invalidParam('The path names no kind of push rule.');
      if (ruleId === undefined) throw invalidParam('The path names no rule, or a slash is missing at its end.');
      throw invalidParam(`A push rule has no "${attribute ?? ''}".`);
    },
  });
});
