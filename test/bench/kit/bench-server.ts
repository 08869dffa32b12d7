import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerProcess, serverProcess } from '../../kit/server-process.ts';
import { type LoadClient, type LoadUser, loadClient, type Stretch } from './client.ts';
import { type CpuUse, cpuBetween, cpuOf } from './cpu.ts';
import { longestTurn, loopCpuEnvironment } from './loop-cpu.ts';

/** A server under measurement: `npm start` in a process of its own, with its own PostgreSQL, and a client for it. */
export interface BenchServer {
  process: ServerProcess;
  client: LoadClient;
  /** Users that are registered already, and more where there are not so many. */
  users(count: number): Promise<LoadUser[]>;
  /** Makes a room that anybody may join; `members` join it. */
  room(creator: LoadUser, members?: readonly LoadUser[]): Promise<string>;
  /** CPU that the server's processes use while something happens. */
  cpuOf<T>(work: () => Promise<T>): Promise<{ result: T; cpu: CpuUse }>;
  /** The longest turn of its event loop since a moment (by `Date.now()`), in milliseconds of CPU. One process only. */
  longestTurn(since: number): number;
  stop(): Promise<void>;
}

/** Starts one. */
export async function benchServer(config: object = {}, connections?: number): Promise<BenchServer> {
  const directory = await mkdtemp(join(tmpdir(), 'myelin-bench-'));
  const turns = join(directory, 'turns');
  const server = await serverProcess(config, loopCpuEnvironment(turns));
  await server.start();
  const pid = server.pid() as number;
  const client = loadClient(server.url, connections);
  const known: LoadUser[] = [];
  return {
    process: server,
    client,
    async users(count) {
      while (known.length < count) {
        const some = Math.min(8, count - known.length);
        const made = Array.from({ length: some }, (_, i) => client.register(`user-${known.length + i}`));
        known.push(...(await Promise.all(made)));
      }
      return known.slice(0, count);
    },
    async room(creator, members = []) {
      const { room_id: roomId } = await client.call<{ room_id: string }>('POST', '/createRoom', creator.token, {
        preset: 'public_chat',
      });
      for (const member of members) {
        await client.call('POST', `/join/${encodeURIComponent(roomId)}`, member.token, {});
      }
      return roomId;
    },
    async cpuOf(work) {
      const before = cpuOf(pid);
      const result = await work();
      return { result, cpu: cpuBetween(before, cpuOf(pid)) };
    },
    longestTurn: (since) => longestTurn(turns, since),
    async stop() {
      await client.close();
      await server.dispose();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

let messages = 0;

/** Sends one message. */
export async function sendMessage(client: LoadClient, user: LoadUser, roomId: string): Promise<string> {
  const n = ++messages;
  const path = `/rooms/${encodeURIComponent(roomId)}/send/m.room.message/bench-${n}`;
  const body = { msgtype: 'm.text', body: `message ${n} of a bench, with words enough to be one that people write` };
  const answer = await client.call<{ event_id: string }>('PUT', path, user.token, body);
  return answer.event_id;
}

/** `0.412 ms (Node 0.310, PostgreSQL 0.102)` for one of a stretch's operations. */
export function cpuPerOperation(cpu: CpuUse, stretch: Pick<Stretch, 'done'>): string {
  const ms = (seconds: number) => ((seconds * 1_000) / stretch.done).toFixed(3);
  return `${ms(cpu.all)} ms (Node ${ms(cpu.node)}, PostgreSQL ${ms(cpu.postgres)})`;
}
