import type { Context } from '../context.ts';
import type { Requester } from './requester.ts';

/** Who an application service asks as. */
export interface AppserviceIdentity {
  /** From the `user_id` query parameter; null: the service's own user. */
  userId?: string | null;
  deviceId?: string | null;
}

/** What accounts need to know of application services (application service API, "Registration"). */
export interface AppserviceDirectory {
  /**
   * The requester that an `as_token` stands for, or undefined when it is none.
   * @throws MatrixError 403 M_FORBIDDEN for a user outside the service's namespaces.
   */
  authenticate(token: string, identity: AppserviceIdentity): Promise<Requester | undefined> | Requester | undefined;
  /** The id of the service whose exclusive namespace has this user id, its own user included. */
  exclusiveOwner(userId: string): string | undefined;
}

const none: AppserviceDirectory = { authenticate: () => undefined, exclusiveOwner: () => undefined };
const directories = new WeakMap<object, AppserviceDirectory>();

/** The application services of a process; none until {@link useAppservices} was called. */
export function appservicesOf(ctx: Context): AppserviceDirectory {
  return directories.get(ctx) ?? none;
}

/** Sets the application services of a process, at its start. */
export function useAppservices(ctx: Context, directory: AppserviceDirectory): void {
  directories.set(ctx, directory);
}
