import { isUserId, serverNameOf } from '../../../spec/ids.ts';
import { isJsonObject, type JsonObject } from '../../../spec/json.ts';
import type { Context } from '../../context.ts';
import { userOfOrigin } from './user-of-origin.ts';

/** Under this device the ids of messages are noted by which they are known again. */
const DEVICE = ':federation';
const MOST_ID = 255;

/** `m.direct_to_device`: messages for devices, each taken once (server-server API, send-to-device messaging). */
export async function receiveDirectToDevice(ctx: Context, origin: string, content: JsonObject): Promise<void> {
  const { type, message_id: messageId, messages } = content;
  const sender = userOfOrigin(origin, content['sender']);
  if (sender === undefined || typeof type !== 'string' || !isJsonObject(messages)) return;
  if (typeof messageId !== 'string' || messageId.length > MOST_ID || messageId.includes('\0')) return;
  const own: Record<string, Record<string, JsonObject>> = {};
  for (const [userId, byDevice] of Object.entries(messages)) {
    if (!isUserId(userId) || serverNameOf(userId) !== ctx.serverName || !isJsonObject(byDevice)) continue;
    own[userId] = Object.fromEntries(
      Object.entries(byDevice).filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1])),
    );
  }
  if (Object.keys(own).length === 0) return;
  await ctx.writers.toDevice.send({ sender, type, messages: own, txn: { deviceId: DEVICE, txnId: messageId } });
}
