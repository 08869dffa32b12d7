import { pushRulesOf } from '../../../domain/push/push-rules.ts';
import { parseKind } from '../../../spec/push-rules/index.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/pushrules/global/{kind}/';

/** The push rules of one kind: not in the specification any more, still asked for. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  unlisted: true,
  async handle(ctx, { requester, params }) {
    const kind = parseKind(params['kind'] as string);
    return (await pushRulesOf(ctx, requester.userId)).global[kind];
  },
});
