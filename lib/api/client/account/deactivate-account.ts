import { z } from 'zod';
import { confirmIdentity } from '../../../domain/accounts/confirm-identity.ts';
import { deactivateUser } from '../../../domain/accounts/deactivate-user.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { authDict, optionalFlag } from '../../login/fields.ts';

const path = '/_matrix/client/v3/account/deactivate';

/** Ends the requester's account (client-server API, "Account deactivation"). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'optional',
  body: z.object({ auth: authDict, erase: optionalFlag }),
  bodyOptional: true,
  async handle(ctx, req) {
    const { userId } = await confirmIdentity(ctx, req);
    await deactivateUser(ctx, userId, { erase: req.body.erase ?? false });
    // Nothing was ever bound at an identity server through this one.
    return { id_server_unbind_result: 'success' };
  },
});
