import { getRoomVersion } from '../../../spec/room-versions.ts';
import { getDevicePokes } from '../../../storage/federation/device-pokes.ts';
import { getEduOutbox } from '../../../storage/federation/edu-outbox.ts';
import { getOutbox, type OutboxRow } from '../../../storage/federation/outbox.ts';
import type { SentTransaction } from '../../../storage/federation/sent-transactions.ts';
import type { Context } from '../../context.ts';
import { jsonArray, pduText } from '../pdu-text.ts';
import { deviceEdus } from './device-edus.ts';
import type { EphemeralQueue } from './ephemeral-queue.ts';

/** Most of each in one transaction (server-server API, `PUT /send`). */
const MOST_PDUS = 50;
const MOST_EDUS = 100;
/** Of those, so that neither keeps the others out. */
const MOST_DEVICE_EDUS = 40;
const MOST_TO_DEVICE = 50;

/** A transaction, and whether it holds anything that must not be lost. */
export interface BuiltTransaction extends SentTransaction {
  durable: boolean;
}

let count = 0;

/** Puts together what waits for a destination; undefined when nothing does. */
export async function buildTransaction(
  ctx: Context,
  destination: string,
  ephemeral: EphemeralQueue,
): Promise<BuiltTransaction | undefined> {
  const { db, clock, serverName } = ctx;
  const [rows, stored, pokes] = await Promise.all([
    getOutbox(db, destination, MOST_PDUS),
    getEduOutbox(db, destination, MOST_TO_DEVICE),
    getDevicePokes(db, destination, MOST_DEVICE_EDUS),
  ]);
  const { edus: lists, devices } = await deviceEdus(ctx, pokes, MOST_DEVICE_EDUS);
  const room = MOST_EDUS - stored.length - lists.length;
  const passing = ephemeral.take(Math.max(room, 0)).map(([, edu]) => edu);
  const durable = rows.length + stored.length + devices.length > 0;
  if (!durable && passing.length === 0) return undefined;
  const edus = [...lists.map((edu) => JSON.stringify(edu)), ...stored.map((edu) => edu.json)];
  edus.push(...passing.map((edu) => JSON.stringify(edu)));
  const parts = [
    `"origin":${JSON.stringify(serverName)}`,
    `"origin_server_ts":${clock.now()}`,
    `"pdus":${jsonArray(rows.flatMap(textOf))}`,
    `"edus":${jsonArray(edus)}`,
  ];
  return {
    // Digits alone, and never twice: application services of old and some servers take no others.
    txnId: `${clock.now()}${String(count++ % 100_000).padStart(5, '0')}`,
    body: `{${parts.join(',')}}`,
    positions: rows.map((row) => row.position),
    eduIds: stored.map((edu) => edu.eduId),
    devices,
    durable,
  };
}

function textOf({ json, redacted, roomVersion }: OutboxRow): string[] {
  const version = getRoomVersion(roomVersion ?? '');
  // The room may have been purged since.
  return json === null || !version ? [] : [pduText({ json, redacted }, version)];
}
