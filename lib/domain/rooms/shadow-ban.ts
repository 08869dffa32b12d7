import { setTimeout as sleep } from 'node:timers/promises';
import { randomString } from '../../spec/ids.ts';
import type { SendResult } from '../../streams/writers.ts';
import type { Requester } from '../accounts/requester.ts';

const LONGEST_PAUSE_MS = 300;

/**
 * What a shadow-banned user is told in place of sending an event: an event id that is nobody's, after as long as sending
 * might take. Undefined for everybody else.
 */
export async function pretendToSend(requester: Requester): Promise<SendResult | undefined> {
  if (!requester.shadowBanned) return undefined;
  await sleep(Math.random() * LONGEST_PAUSE_MS);
  return { eventId: `$${randomString(43)}`, position: 0, duplicate: false };
}
