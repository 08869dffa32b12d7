import { z } from 'zod';
import { defineEndpoint } from '../../../api/http/endpoint.ts';
import { jsonResponse } from '../../../api/http/json-response.ts';
import { putUser } from '../../../domain/admin/put-user.ts';
import { userDetails } from '../../../domain/admin/user-details.ts';

/** Makes an account or changes one. */
export default defineEndpoint({
  method: 'PUT',
  path: '/_synapse/admin/v2/users/{userId}',
  auth: 'admin',
  bodyOptional: true,
  body: z.object({
    password: z.string().max(512).nullish(),
    logout_devices: z.boolean().default(true),
    displayname: z.string().nullish(),
    avatar_url: z.string().nullish(),
    admin: z.boolean().optional(),
    deactivated: z.boolean().optional(),
    locked: z.boolean().optional(),
    suspended: z.boolean().optional(),
    user_type: z.enum(['bot', 'support']).nullish(),
    threepids: z
      .array(z.object({ medium: z.string(), address: z.string() }))
      .max(100)
      .optional(),
    external_ids: z
      .array(z.object({ auth_provider: z.string(), external_id: z.string() }))
      .max(100)
      .optional(),
  }),
  async handle(ctx, { params, body, requester }) {
    const p = params as Record<'userId' | 'roomId' | 'token' | 'reportId' | 'deviceId' | 'eventId', string>;
    const isNew = await putUser(ctx, p.userId, body, requester.userId);
    return jsonResponse(isNew ? 201 : 200, JSON.stringify(await userDetails(ctx, p.userId)));
  },
});
