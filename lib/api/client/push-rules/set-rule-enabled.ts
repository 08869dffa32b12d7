import { changePushRules } from '../../../domain/push/change-push-rules.ts';
import { parseKind, setEnabled, validateEnabled } from '../../../spec/push-rules/index.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonObject } from '../rooms/json-object.ts';

const path = '/_matrix/client/v3/pushrules/global/{kind}/{ruleId}/enabled';

/** Switches a push rule on or off (client-server API, push rules). */
export default defineEndpoint({
  method: 'PUT',
  path,
  aliases: [...versions(path, 'r0', 'api/v1', 'unstable')],
  auth: 'user',
  body: jsonObject,
  async handle(ctx, { requester, params, body }) {
    const kind = parseKind(params['kind'] as string);
    const enabled = validateEnabled(body['enabled']);
    await changePushRules(ctx, requester.userId, (rows) => setEnabled(rows, kind, params['ruleId'] as string, enabled));
    return {};
  },
});
