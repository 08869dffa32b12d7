import { canonicalAddress } from '../../../domain/accounts/identify.ts';
import { notFound } from '../../../spec/errors.ts';
import { getUserByThreepid } from '../../../storage/accounts/threepids.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** The account with an e-mail address or a phone number. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/threepid/{medium}/users/{address}',
  auth: 'admin',
  async handle(ctx, { params }) {
    const { medium, address } = params as { medium: string; address: string };
    const userId = /\0/.test(medium + address)
      ? undefined
      : await getUserByThreepid(ctx.db, medium, canonicalAddress(medium, address));
    if (userId === undefined) throw notFound('User not found');
    return { user_id: userId };
  },
});
