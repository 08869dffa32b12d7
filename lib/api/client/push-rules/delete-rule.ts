import { changePushRules } from '../../../domain/push/change-push-rules.ts';
import { applyDelete, parseKind } from '../../../spec/push-rules/index.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/pushrules/global/{kind}/{ruleId}';

/** Takes a push rule away (client-server API, push rules). */
export default defineEndpoint({
  method: 'DELETE',
  path,
  aliases: [...versions(path, 'r0', 'api/v1', 'unstable')],
  auth: 'user',
  async handle(ctx, { requester, params }) {
    const kind = parseKind(params['kind'] as string);
    await changePushRules(ctx, requester.userId, (rows) => applyDelete(rows, kind, params['ruleId'] as string));
    return {};
  },
});
