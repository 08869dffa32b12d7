import type { Context } from '../context.ts';

/** Something to do for a new account before its owner hears of it. */
export type UserCreation = (
  ctx: Context,
  user: { userId: string /** Null for a guest. */; displayName: string | null; isGuest: boolean },
) => Promise<void>;

/** Something to do for an account that has ended; failing steps are logged, and the rest go on. */
export type UserDeactivation = (ctx: Context, user: { userId: string; erase: boolean }) => Promise<void>;

/** Modules that keep something for each user add a line here. */
export const userCreations: UserCreation[] = [];

/** Modules that have something to remove with a user add a line here. */
export const userDeactivations: UserDeactivation[] = [];
