import { z } from 'zod';
import { addThreepid } from '../../../domain/threepids/add-threepid.ts';
import { checkClientSecret } from '../../../domain/threepids/validation.ts';
import { missingParam } from '../../../spec/errors.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/account/3pid';
const credentials = z.object({ client_secret: z.string(), sid: z.string() });

/** As `/account/3pid/add`, in the older form without user-interactive authentication (deprecated in the specification). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'user',
  body: z.object({ three_pid_creds: credentials.optional(), threePidCreds: credentials.optional() }),
  async handle(ctx, { requester, body }) {
    const given = body.three_pid_creds ?? body.threePidCreds;
    if (!given) throw missingParam('The body has no three_pid_creds.');
    checkClientSecret(given.client_secret);
    await addThreepid(ctx, requester.userId, { sid: given.sid, clientSecret: given.client_secret });
    return {};
  },
});
