import { lookUpProfile } from '../../../domain/profiles/look-up-profile.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/profile/{userId}';

/** A user's whole profile. */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'none',
  async handle(ctx, { params }) {
    const { userId } = params as { userId: string };
    return lookUpProfile(ctx, userId);
  },
});
