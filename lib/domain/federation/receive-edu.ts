import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import type { Context } from '../context.ts';
import { receiveDeviceListUpdate } from './edus/device-list-update.ts';
import { receiveDirectToDevice } from './edus/direct-to-device.ts';
import { receivePresence } from './edus/presence.ts';
import { receiveReceipts } from './edus/receipts.ts';
import { receiveSigningKeyUpdate } from './edus/signing-key-update.ts';
import { receiveTyping } from './edus/typing.ts';

/**
 * Takes an ephemeral message of another server in. It may come more than once.
 * @param origin the server that sent it; what it says of users of other servers does not count
 */
export type EduHandler = (ctx: Context, origin: string, content: JsonObject) => Promise<void>;

/** What is done with each `edu_type` (server-server API, "EDUs"). Others are ignored. */
export const EDU_HANDLERS: Readonly<Record<string, EduHandler>> = {
  'm.typing': receiveTyping,
  'm.receipt': receiveReceipts,
  'm.presence': receivePresence,
  'm.direct_to_device': receiveDirectToDevice,
  'm.device_list_update': receiveDeviceListUpdate,
  'm.signing_key_update': receiveSigningKeyUpdate,
};

/** Hands the messages of a transaction to their handlers, in order. One that fails holds up none of the others. */
export async function receiveEdus(ctx: Context, origin: string, edus: readonly unknown[]): Promise<void> {
  for (const edu of edus) {
    if (!isJsonObject(edu)) continue;
    // Old servers call it so.
    const type = edu['edu_type'] ?? edu['type'];
    const { content } = edu;
    if (typeof type !== 'string' || !isJsonObject(content) || !Object.hasOwn(EDU_HANDLERS, type)) continue;
    try {
      await EDU_HANDLERS[type]?.(ctx, origin, content);
    } catch (error) {
      ctx.log.info({ err: error, origin, eduType: type }, 'an ephemeral message of another server was not taken in');
    }
  }
}
