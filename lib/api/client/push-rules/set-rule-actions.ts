import { changePushRules } from '../../../domain/push/change-push-rules.ts';
import { parseKind, setActions, validateActions } from '../../../spec/push-rules/index.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonObject } from '../rooms/json-object.ts';

const path = '/_matrix/client/v3/pushrules/global/{kind}/{ruleId}/actions';

/** Changes what a push rule does (client-server API, push rules). */
export default defineEndpoint({
  method: 'PUT',
  path,
  aliases: [...versions(path, 'r0', 'api/v1', 'unstable')],
  auth: 'user',
  body: jsonObject,
  async handle(ctx, { requester, params, body }) {
    const kind = parseKind(params['kind'] as string);
    const actions = validateActions(body['actions']);
    await changePushRules(ctx, requester.userId, (rows) => setActions(rows, kind, params['ruleId'] as string, actions));
    return {};
  },
});
