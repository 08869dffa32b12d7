import { z } from 'zod';
import { receiveTransaction } from '../../../domain/federation/inbox/receive-transaction.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { jsonResponse } from '../../http/json-response.ts';

/** Events and ephemeral messages of another server (server-server API, `PUT /send/{txnId}`). */
export default defineEndpoint({
  method: 'PUT',
  path: '/_matrix/federation/v1/send/{txnId}',
  auth: 'federation',
  body: z.looseObject({ pdus: z.array(z.unknown()).default([]), edus: z.array(z.unknown()).default([]) }),
  async handle(ctx, { params, body, origin }) {
    const { pdus, edus } = body;
    return jsonResponse(200, await receiveTransaction(ctx, origin, { txnId: params['txnId'] as string, pdus, edus }));
  },
});
