import { ruleOf } from '../../../domain/push/change-push-rules.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/pushrules/global/{kind}/{ruleId}';

/** One push rule (client-server API, push rules). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: [...versions(path, 'r0', 'api/v1', 'unstable')],
  auth: 'user',
  async handle(ctx, { requester, params }) {
    return ruleOf(ctx, requester.userId, params['kind'] as string, params['ruleId'] as string);
  },
});
