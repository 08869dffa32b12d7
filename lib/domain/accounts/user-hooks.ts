import { cancelDelayedEventsOf } from '../../storage/delayed-events/delayed-events.ts';
import { deleteUserPushers } from '../../storage/pushers/pushers.ts';
import type { Context } from '../context.ts';
import { deleteUserKeys } from '../e2ee/delete-keys.ts';
import { unbindUser } from '../threepids/bindings.ts';

/**
 * Removes what a module keeps of an account that has ended, more of it when the user asked to be erased. Has to bear
 * repetition; a step that fails is logged and tried again, and the others go on.
 */
export type UserDeactivation = (ctx: Context, user: { userId: string; erased: boolean }) => Promise<void>;

/** Modules that have something to remove with a user add a line here. */
export const userDeactivations: UserDeactivation[] = [
  (ctx, { userId }) => deleteUserKeys(ctx, userId),
  (ctx, { userId }) => deleteUserPushers(ctx.db, userId),
  (ctx, { userId }) => unbindUser(ctx, userId),
  (ctx, { userId }) => cancelDelayedEventsOf(ctx.db, userId, ctx.clock.now()),
];
