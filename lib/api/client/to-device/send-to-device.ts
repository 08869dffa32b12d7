import { z } from 'zod';
import { invalidParam } from '../../../spec/errors.ts';
import { defineEndpoint, versions } from '../../http/endpoint.ts';
import { jsonObject } from '../rooms/json-object.ts';

const path = '/_matrix/client/v3/sendToDevice/{eventType}/{txnId}';

/** Sends messages to devices (client-server API, send-to-device messaging). */
export default defineEndpoint({
  method: 'PUT',
  path,
  aliases: versions(path, 'r0', 'unstable'),
  auth: 'guest',
  body: z.looseObject({ messages: z.record(z.string(), z.record(z.string(), jsonObject)) }),
  async handle(ctx, { params, requester, body }) {
    const { eventType, txnId } = params as { eventType: string; txnId: string };
    const names = [eventType, txnId, ...Object.keys(body.messages)];
    if (names.some((name) => name.includes('\0') || Buffer.byteLength(name) > 255)) {
      throw invalidParam('An event type, transaction id or user id has NUL in it or is longer than 255 bytes.');
    }
    await ctx.writers.toDevice.send({
      sender: requester.userId,
      type: eventType,
      messages: body.messages,
      ...(requester.deviceId === null ? {} : { txn: { deviceId: requester.deviceId, txnId: `${eventType} ${txnId}` } }),
    });
    return {};
  },
});
