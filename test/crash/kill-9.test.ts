import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProcessClient, registerClient, serverProcess } from '../kit/server-process.ts';

const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 4);
const ROOMS = 3;
const SENDERS = 4;

interface Sent {
  eventId: string;
  body: string;
}

/** Sends until the server is gone. An answer that never came is tried again with the same transaction id later. */
async function sendUntilGone(
  client: ProcessClient,
  roomId: string,
  name: string,
  acknowledged: Sent[],
  open: string[],
) {
  for (let i = 0; ; i++) {
    const txn = `${name}-${i}`;
    open.push(txn);
    try {
      const path = `/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${txn}`;
      const { status, body } = await client.call('PUT', path, { msgtype: 'm.text', body: txn });
      if (status !== 200) return;
      acknowledged.push({ eventId: body.event_id, body: txn });
      open.pop();
    } catch {
      return;
    }
  }
}

test(`kill -9 under load, ${ROUNDS} rounds: every acknowledged event is there once, in order`, async () => {
  const server = await serverProcess();
  try {
    await server.start();
    const clients = await Promise.all(
      Array.from({ length: SENDERS }, (_, i) => registerClient(server.url, `sender${i}`)),
    );
    const rooms: string[] = [];
    for (let r = 0; r < ROOMS; r++) {
      const made = await (clients[0] as ProcessClient).call('POST', '/createRoom', { preset: 'public_chat' });
      assert.equal(made.status, 200);
      rooms.push(made.body.room_id);
      for (const client of clients.slice(1)) {
        assert.equal((await client.call('POST', `/join/${encodeURIComponent(made.body.room_id)}`, {})).status, 200);
      }
    }
    const acknowledged = new Map<string, Sent[]>(rooms.map((room) => [room, []]));
    for (let round = 0; round < ROUNDS; round++) {
      const open = new Map<string, { client: ProcessClient; roomId: string; txns: string[] }>();
      const senders = clients.flatMap((client, s) =>
        rooms.map((roomId, r) => {
          const txns: string[] = [];
          open.set(`${s} ${r}`, { client, roomId, txns });
          return sendUntilGone(client, roomId, `m${round}-${s}-${r}`, acknowledged.get(roomId) as Sent[], txns);
        }),
      );
      await sleep(200 + Math.random() * 800);
      await server.end('SIGKILL');
      await Promise.all(senders);
      await server.start();
      // What was not answered is sent again with the same transaction id: stored before or not, it is there once.
      for (const { client, roomId, txns } of open.values()) {
        const txn = txns.at(-1);
        if (txn === undefined) continue;
        const path = `/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${txn}`;
        const { status, body } = await client.call('PUT', path, { msgtype: 'm.text', body: txn });
        assert.equal(status, 200, JSON.stringify(body));
        (acknowledged.get(roomId) as Sent[]).push({ eventId: body.event_id, body: txn });
      }
    }
    for (const roomId of rooms)
      await checkRoom(clients[0] as ProcessClient, roomId, acknowledged.get(roomId) as Sent[]);
  } finally {
    await server.dispose();
  }
});

async function checkRoom(client: ProcessClient, roomId: string, acknowledged: Sent[]): Promise<void> {
  const ids: string[] = [];
  const bodies: string[] = [];
  let from: string | undefined;
  do {
    const path = `/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=500${from ? `&from=${from}` : ''}`;
    const { status, body } = await client.call('GET', path);
    assert.equal(status, 200, JSON.stringify(body));
    for (const event of body.chunk) {
      ids.push(event.event_id);
      if (event.type === 'm.room.message') bodies.push(event.content.body);
    }
    from = body.chunk.length > 0 ? body.end : undefined;
  } while (from);
  assert.equal(new Set(ids).size, ids.length, 'an event was given twice');
  assert.equal(new Set(bodies).size, bodies.length, 'a message is there twice');
  const present = new Set(ids);
  const lost = acknowledged.filter((sent) => !present.has(sent.eventId));
  assert.deepEqual(lost, [], `${lost.length} of ${acknowledged.length} acknowledged events are missing`);
  // Each sender's messages in the order of sending: the number behind the last dash grows.
  bodies.reverse();
  const last = new Map<string, number>();
  for (const body of bodies) {
    const cut = body.lastIndexOf('-');
    const [sender, number] = [body.slice(0, cut), Number(body.slice(cut + 1))];
    assert.ok(number > (last.get(sender) ?? -1), `${body} came after ${last.get(sender)}`);
    last.set(sender, number);
  }
}
