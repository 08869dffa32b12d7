import { pushRulesOf } from '../../../domain/push/push-rules.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/pushrules/global/';

/** The global push rules of a user (client-server API, push rules). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0', 'api/v1', 'unstable'),
  auth: 'user',
  async handle(ctx, { requester }) {
    return (await pushRulesOf(ctx, requester.userId)).global;
  },
});
