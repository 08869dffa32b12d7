import { z } from 'zod';
import { getQuarantineChanges } from '../../../storage/admin/media.ts';
import { defineEndpoint } from '../../http/endpoint.ts';
import { momentParameter } from '../query.ts';

const PAGE = 100;

/** What was quarantined and what no longer is, in order. */
export default defineEndpoint({
  method: 'GET',
  path: '/_synapse/admin/v1/media/quarantine_changes',
  auth: 'admin',
  query: z.object({ from: momentParameter.default(0) }),
  async handle(ctx, { query }) {
    const changes = await getQuarantineChanges(ctx.db, query.from, PAGE);
    return {
      next_batch: changes.at(-1)?.id ?? query.from,
      changes: changes.map(({ origin, mediaId, quarantined }) => ({ origin, media_id: mediaId, quarantined })),
    };
  },
});
