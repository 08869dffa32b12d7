import { z } from 'zod';
import { confirmKeyReplacement } from '../../../domain/accounts/confirm-identity.ts';
import { uploadCrossSigningKeys } from '../../../domain/e2ee/upload-cross-signing-keys.ts';
import { jsonObject } from '../../client/rooms/json-object.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { authDict } from '../../login/fields.ts';

const path = '/_matrix/client/v3/keys/device_signing/upload';

/** Publishes the requester's cross-signing keys (client-server API, cross-signing). */
export default defineEndpoint({
  method: 'POST',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'user',
  body: z.looseObject({
    auth: authDict,
    master_key: jsonObject.nullish(),
    self_signing_key: jsonObject.nullish(),
    user_signing_key: jsonObject.nullish(),
  }),
  async handle(ctx, req) {
    const { master_key: master, self_signing_key, user_signing_key } = req.body;
    const keys = { master, self_signing: self_signing_key, user_signing: user_signing_key };
    await uploadCrossSigningKeys(ctx, req.requester.userId, keys, () => confirmKeyReplacement(ctx, req));
    return {};
  },
});
