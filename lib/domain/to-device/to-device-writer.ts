import { serverNameOf } from '../../spec/ids.ts';
import type { JsonObject } from '../../spec/json.ts';
import { putDeviceListChange, putPrivateChanges } from '../../storage/device-lists/device-lists.ts';
import { DELIVERY_DEVICE } from '../../storage/events/deliveries.ts';
import { getDeviceIds } from '../../storage/to-device/recipients.ts';
import { putToDevice, type ToDeviceWrite } from '../../storage/to-device/to-device.ts';
import type { Delivery } from '../../streams/replication/delivery.ts';
import type { ToDeviceWriter } from '../../streams/writers.ts';
import type { Context } from '../context.ts';
import { hintSenders } from '../federation/sender/hints.ts';
import { directToDeviceEdus } from './direct-to-device.ts';

/** The to-device writer; device lists live here too. */
export class LocalToDeviceWriter implements ToDeviceWriter {
  readonly #ctx: Context;

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  /** @param delivery how the command came, if from another process; one that is repeated is taken once */
  async send(command: Parameters<ToDeviceWriter['send']>[0], delivery?: Delivery): Promise<{ position: number }> {
    const { db, bus, clock } = this.#ctx;
    const own = new Map<string, Record<string, JsonObject>>();
    const others = new Map<string, Record<string, Record<string, JsonObject>>>();
    for (const [userId, messages] of Object.entries(command.messages)) {
      const server = serverNameOf(userId);
      if (server === this.#ctx.serverName) own.set(userId, messages);
      else if (server !== undefined) others.set(server, { ...others.get(server), [userId]: messages });
    }
    const devices = await getDeviceIds(db, [...own.keys()]);
    const writes: ToDeviceWrite[] = [];
    for (const [userId, messages] of own) {
      const known = devices.get(userId) ?? [];
      for (const [deviceId, content] of Object.entries(messages)) {
        const json = JSON.stringify({ type: command.type, sender: command.sender, content });
        // A message to a device that is not there is dropped, as one to a device that logs out is.
        const targets = deviceId === '*' ? known : known.filter((id) => id === deviceId);
        for (const target of targets) writes.push({ userId, deviceId: target, json });
      }
    }
    const txn = command.txn ?? (delivery && { deviceId: DELIVERY_DEVICE, txnId: delivery.id });
    const transaction = txn && { userId: command.sender, ...txn, ts: clock.now() };
    const outbound = directToDeviceEdus(command.sender, command.type, others);
    const end = await putToDevice(db, writes, transaction, outbound, clock.now());
    if (end !== null && outbound.length > 0) hintSenders(bus, others.keys());
    if (end === null || writes.length === 0) return { position: end ?? 0 };
    const from = end - writes.length;
    const rows = writes.map(({ userId, deviceId }, i) => ({ position: from + i + 1, userId, deviceId }));
    void bus.publish({ stream: 'to_device', from, to: end, rows });
    return { position: end };
  }

  async deviceListChanged(command: { userId: string; deviceIds: string[] }): Promise<{ position: number }> {
    const { userId, deviceIds } = command;
    const own = serverNameOf(userId) === this.#ctx.serverName;
    const changed = deviceIds.length > 0 ? [...new Set(deviceIds)] : [''];
    const row = await putDeviceListChange(this.#ctx.db, userId, own ? changed : []);
    void this.#ctx.bus.publish({ stream: 'device_lists', from: row.position - 1, to: row.position, rows: [row] });
    return { position: row.position };
  }

  async signaturesChanged(command: { userId: string; signed: string[] }): Promise<{ position: number }> {
    const rows = await putPrivateChanges(this.#ctx.db, command.userId, [...new Set(command.signed)]);
    const [first] = rows;
    if (!first) return { position: 0 };
    const to = first.position + rows.length - 1;
    void this.#ctx.bus.publish({ stream: 'device_lists', from: first.position - 1, to, rows });
    return { position: to };
  }
}
