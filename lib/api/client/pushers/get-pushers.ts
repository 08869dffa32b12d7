import { getPushers } from '../../../storage/pushers/pushers.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';

const path = '/_matrix/client/v3/pushers';

/** The requester's pushers (client-server API, "Push Notifications"; MSC3881 adds whose they are). */
export default defineEndpoint({
  method: 'GET',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  async handle(ctx, { requester }) {
    const pushers = await getPushers(ctx.db, requester.userId);
    return {
      pushers: pushers.map((pusher) => ({
        kind: pusher.kind,
        app_id: pusher.appId,
        pushkey: pusher.pushkey,
        app_display_name: pusher.appDisplayName,
        device_display_name: pusher.deviceDisplayName,
        profile_tag: pusher.profileTag,
        lang: pusher.lang,
        data: JSON.parse(pusher.data),
        'org.matrix.msc3881.enabled': pusher.enabled,
        'org.matrix.msc3881.device_id': pusher.deviceId,
      })),
    };
  },
});
