import { z } from 'zod';
import type { HistoryEnd } from '../../../domain/background/purge-history.ts';
import { badJson, invalidParam } from '../../../spec/errors.ts';

/** What the purges of a room's history take. */
export const purgeBody = z.object({
  delete_local_events: z.boolean().default(false),
  purge_up_to_event_id: z.string().optional(),
  purge_up_to_ts: z.int().min(0).optional(),
});

/** Up to where the history goes. @throws MatrixError 400 M_BAD_JSON where the body doesn't say, M_INVALID_PARAM. */
export function purgeEnd(body: z.output<typeof purgeBody>): HistoryEnd {
  const { purge_up_to_event_id: eventId, purge_up_to_ts: ts } = body;
  if (eventId !== undefined) {
    if (eventId.includes('\0')) throw invalidParam('purge_up_to_event_id is no event id.');
    return { eventId };
  }
  if (ts === undefined) throw badJson('The body has neither purge_up_to_event_id nor purge_up_to_ts.');
  return { ts };
}
