import { z } from 'zod';
import { changePushRules } from '../../../domain/push/change-push-rules.ts';
import { applyPut, validateRule } from '../../../spec/push-rules/index.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonObject } from '../rooms/json-object.ts';

const path = '/_matrix/client/v3/pushrules/global/{kind}/{ruleId}';

/** Adds or changes a push rule (client-server API, push rules). */
export default defineEndpoint({
  method: 'PUT',
  path,
  aliases: [...versions(path, 'r0', 'api/v1', 'unstable')],
  auth: 'user',
  body: jsonObject,
  query: z.looseObject({ before: z.string().optional(), after: z.string().optional() }),
  async handle(ctx, { requester, params, body, query }) {
    const { kind, ...rule } = validateRule(params['kind'] as string, params['ruleId'] as string, body);
    const ruleId = params['ruleId'] as string;
    await changePushRules(ctx, requester.userId, (rows) => applyPut(rows, kind, ruleId, rule, query));
    return {};
  },
});
