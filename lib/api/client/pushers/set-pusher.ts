import { z } from 'zod';
import { setPusher } from '../../../domain/pushers/set-pusher.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { optionalFlag, optionalText } from '../../login/fields.ts';
import { jsonObject } from '../rooms/json-object.ts';

const path = '/_matrix/client/v3/pushers/set';

/** Makes, changes or removes a pusher (client-server API, "Push Notifications"). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0'),
  auth: 'user',
  body: z.object({
    kind: z.string().nullable(),
    app_id: z.string(),
    pushkey: z.string(),
    app_display_name: optionalText,
    device_display_name: optionalText,
    profile_tag: optionalText,
    lang: optionalText,
    data: jsonObject.optional(),
    append: optionalFlag,
    'org.matrix.msc3881.enabled': optionalFlag,
  }),
  async handle(ctx, { requester, body }) {
    await setPusher(ctx, requester, {
      kind: body.kind,
      appId: body.app_id,
      pushkey: body.pushkey,
      appDisplayName: body.app_display_name,
      deviceDisplayName: body.device_display_name,
      profileTag: body.profile_tag,
      lang: body.lang,
      data: body.data,
      append: body.append ?? false,
      enabled: body['org.matrix.msc3881.enabled'] ?? true,
    });
    return {};
  },
});
