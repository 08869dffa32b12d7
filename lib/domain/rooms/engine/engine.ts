import type { Logger } from 'pino';
import type { Clock } from '../../../platform/clock.ts';
import type { Database } from '../../../storage/database.ts';
import type { PushDecider } from '../../push/room-push.ts';
import type { IdBlocks } from '../id-blocks.ts';
import type { EventSigner } from '../room-actor.ts';
import type { RoomActors } from './actors.ts';
import type { Committer } from './committer.ts';
import type { PolicyServers } from './policy-servers.ts';
import type { ResolverPool } from './resolver-pool.ts';

/** What the parts of an event persister share. */
export interface Engine {
  db: Database;
  clock: Clock;
  log: Logger;
  signer: EventSigner;
  push: PushDecider | undefined;
  /** Absent where nobody can be asked. */
  policyServers: PolicyServers | undefined;
  ids: IdBlocks;
  actors: RoomActors;
  committer: Committer;
  resolver: ResolverPool;
}

/** A numeric id for a new event. */
export async function nextEventNid({ ids }: Engine): Promise<number> {
  while (!ids.has(1, 0)) await ids.reserve(1, 0);
  return ids.nextEventNid();
}

/** An id for a new state group. */
export async function nextStateGroup({ ids }: Engine): Promise<number> {
  while (!ids.has(0, 1)) await ids.reserve(0, 1);
  return ids.nextStateGroup();
}

/** Fetches ids until so many are at hand. Whoever waits afterwards has to ask again. */
export async function reserveIds({ ids }: Engine, events: number, groups: number): Promise<void> {
  do await ids.reserve(events, groups);
  while (!ids.has(events, groups));
}
