import { z } from 'zod';
import { confirmIdentity } from '../../../domain/accounts/confirm-identity.ts';
import { addThreepid } from '../../../domain/threepids/add-threepid.ts';
import { checkClientSecret } from '../../../domain/threepids/validation.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { authDict } from '../../login/fields.ts';

const path = '/_matrix/client/v3/account/3pid/add';

/** Adds a validated address to the requester's account (client-server API, 3PIDs). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'user',
  body: z.object({ auth: authDict, client_secret: z.string(), sid: z.string() }),
  async handle(ctx, req) {
    const { client_secret: clientSecret, sid } = req.body;
    checkClientSecret(clientSecret);
    const { userId } = await confirmIdentity(ctx, req);
    await addThreepid(ctx, userId, { sid, clientSecret });
    return {};
  },
});
