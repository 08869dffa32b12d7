import { z } from 'zod';
import { backfillForServer } from '../../../domain/federation/read-events.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { count, requireSome, texts } from '../query.ts';
import { pduResponse } from './pdu-response.ts';

const MOST_STARTS = 100;

/** Events before some that are known (server-server API, `GET /backfill/{roomId}`). */
export default defineEndpoint({
  method: 'GET',
  path: '/_matrix/federation/v1/backfill/{roomId}',
  auth: 'federation',
  query: z.looseObject({ v: texts, limit: count }),
  async handle(ctx, { params, query, origin }) {
    requireSome('v', query.v, MOST_STARTS);
    const wanted = { roomId: params['roomId'] as string, from: query.v, limit: query.limit };
    return pduResponse(ctx, { pdus: await backfillForServer(ctx, origin, wanted) }, true);
  },
});
