import { getThreepids } from '../../../storage/accounts/threepids.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/account/3pid';

/** The requester's e-mail addresses and phone numbers (client-server API, "Adding account administrative contact information"). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  async handle(ctx, { requester }) {
    const threepids = await getThreepids(ctx.db, requester.userId);
    return {
      threepids: threepids.map(({ medium, address, validatedTs, addedTs }) => ({
        medium,
        address,
        validated_at: validatedTs,
        added_at: addedTs,
      })),
    };
  },
});
