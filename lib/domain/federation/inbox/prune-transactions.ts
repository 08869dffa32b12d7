import { pruneTransactions } from '../../../storage/federation/inbox.ts';
import type { Context } from '../../context.ts';

/** A server sends a transaction again until it is answered; by then it has long made others. */
const KEPT_SECONDS = 3 * 86_400;

/** Forgets old transactions of other servers. */
export async function pruneFederationTransactions(ctx: Context): Promise<void> {
  await pruneTransactions(ctx.db, KEPT_SECONDS);
}
