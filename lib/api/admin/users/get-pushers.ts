import { localUser } from '../../../domain/admin/local-user.ts';
import { getPushers } from '../../../storage/pushers/pushers.ts';
import { defineEndpoint } from '../../http/endpoint.ts';

/** Where a user is notified. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/users/{userId}/pushers',
  auth: 'admin',
  async handle(ctx, { params }) {
    const { userId } = params as { userId: string };
    await localUser(ctx, userId);
    const pushers = (await getPushers(ctx.db, userId)).map((pusher) => ({
      app_display_name: pusher.appDisplayName,
      app_id: pusher.appId,
      data: JSON.parse(pusher.data),
      device_display_name: pusher.deviceDisplayName,
      kind: pusher.kind,
      lang: pusher.lang,
      profile_tag: pusher.profileTag,
      pushkey: pusher.pushkey,
    }));
    return { pushers, total: pushers.length };
  },
});
