import { Resolver } from 'node:dns/promises';

/** A service record. */
export interface SrvRecord {
  name: string;
  port: number;
  priority: number;
  weight: number;
}

/** Looks service records up; an empty list when there are none. */
export type SrvLookup = (name: string) => Promise<SrvRecord[]>;

const MOST_TARGETS = 8;

/** Service records by the system's name servers. */
export function systemSrvLookup(): SrvLookup {
  const resolver = new Resolver({ timeout: 3_000, tries: 2 });
  return async (name) => {
    try {
      return await resolver.resolveSrv(name);
    } catch {
      return [];
    }
  };
}

/** Records in the order in which they are to be tried: by priority, and within one at random by weight (RFC 2782). */
export function orderSrv(records: readonly SrvRecord[], random: () => number = Math.random): SrvRecord[] {
  const ordered: SrvRecord[] = [];
  const left = [...records].sort((a, b) => a.priority - b.priority || a.weight - b.weight);
  while (left.length > 0 && ordered.length < MOST_TARGETS) {
    const peers = left.filter((record) => record.priority === left[0]?.priority);
    let point = random() * peers.reduce((sum, record) => sum + record.weight, 0);
    const chosen =
      peers.find((record) => {
        point -= record.weight;
        return point < 0;
      }) ?? (peers[0] as SrvRecord);
    left.splice(left.indexOf(chosen), 1);
    ordered.push(chosen);
  }
  return ordered;
}
