import type { ReplicationClient } from '../../streams/replication/client.ts';
import type { Membership } from '../../streams/replication/membership.ts';
import type { CommandHandler } from '../../streams/replication/server.ts';
import type { StreamDefinition, TypingRow } from '../../streams/stream.ts';
import { requireOwner } from './served-commands.ts';

type TypingStream = StreamDefinition<'typing'>;

const ROUTE = { unit: 'typing', shard: 0 } as const;
/** A reader that cannot reach the owner tries again soon; nobody waits for typing. */
const DEADLINE_MS = 1_500;

/** The typing stream of a process that may not own it: its rows are read from the owner's memory. */
export function typingStream(
  client: ReplicationClient,
  own: TypingStream | undefined,
  membership: Membership | undefined,
): TypingStream {
  let known = 0;
  const mine = () => (membership?.group('typing')?.epochOf(0) === undefined ? undefined : own);
  return {
    name: 'typing',
    async currentPosition(db) {
      const local = mine();
      if (local) return local.currentPosition(db);
      // While a deployment starts there is nobody to wait for.
      if (!(await client.canReach(ROUTE))) return known;
      try {
        known = (await client.call(ROUTE, 'typing/position', null, DEADLINE_MS)) as number;
      } catch {
        // Without an owner nobody types.
      }
      return known;
    },
    async readBetween(db, from, to, limit) {
      const local = mine();
      if (local) return local.readBetween(db, from, to, limit);
      const answer = await client.call(ROUTE, 'typing/between', { from, to, limit }, DEADLINE_MS);
      return answer as { rows: TypingRow[]; to: number };
    },
  };
}

/** What the owner answers to such readers. */
export function typingCommands(own: TypingStream, membership: Membership): [string, CommandHandler][] {
  const { db } = membership;
  return [
    [
      'typing/position',
      async () => {
        requireOwner(membership, 'typing');
        return own.currentPosition(db);
      },
    ],
    [
      'typing/between',
      async (body) => {
        requireOwner(membership, 'typing');
        const { from, to, limit } = body as { from: number; to: number; limit: number };
        return own.readBetween(db, from, to, limit);
      },
    ],
  ];
}
