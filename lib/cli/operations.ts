import type { Config } from '../config/config.ts';
import { createSession } from '../domain/accounts/create-session.ts';
import { createUser } from '../domain/accounts/create-user.ts';
import type { Context } from '../domain/context.ts';
import { createContext } from '../domain/create-context.ts';
import { createLogger } from '../observability/logger.ts';
import { randomString } from '../spec/random.ts';
import { insertRegistrationToken } from '../storage/accounts/registration-tokens.ts';
import { getUser } from '../storage/accounts/users.ts';
import { callControl, controlSocket } from './control.ts';
import { runningServer, takeDataLock } from './data-lock.ts';
import { startDatabase } from './database.ts';
import { Failure } from './failure.ts';
import { prepareDatabase } from './prepare-database.ts';
import { Closers } from './shutdown.ts';

export interface NewAccount {
  localpart: string;
  password: string;
  isAdmin: boolean;
  displayName?: string;
}

export interface NewRegistrationToken {
  /** Null: one is made up. */
  token: string | null;
  /** Null: any number. */
  usesAllowed: number | null;
  /** Null: without end. */
  lifetimeMs: number | null;
}

export interface NewAccessToken {
  userId: string;
  deviceName: string;
}

/** What commands ask of a server; also what its control socket answers. */
export function operationsOf(ctx: Context) {
  return {
    async createUser(account: NewAccount): Promise<{ userId: string }> {
      return createUser(ctx, account);
    },
    async createAccessToken({
      userId,
      deviceName,
    }: NewAccessToken): Promise<{ accessToken: string; deviceId: string }> {
      const user = await getUser(ctx.db, userId);
      if (user === undefined) throw new Failure(`There is no user ${userId}.`);
      if (user.deactivatedTs !== null) throw new Failure(`${userId} is deactivated.`);
      const { accessToken, deviceId } = await createSession(ctx, { userId, initialDeviceDisplayName: deviceName });
      return { accessToken, deviceId };
    },
    async createRegistrationToken({
      token,
      usesAllowed,
      lifetimeMs,
    }: NewRegistrationToken): Promise<{ token: string }> {
      const now = ctx.clock.now();
      const name = token ?? randomString(16);
      const expiresTs = lifetimeMs === null ? null : now + lifetimeMs;
      const added = await insertRegistrationToken(ctx.db, { token: name, createdTs: now, usesAllowed, expiresTs });
      if (!added) throw new Failure(`There is a registration token "${name}" already.`);
      return { token: name };
    },
  };
}

type AllOperations = ReturnType<typeof operationsOf>;

/**
 * Does one operation: in the running server where there is one, else on its data directly, with the database started
 * for as long as it takes.
 */
export async function operate<Name extends keyof AllOperations>(
  config: Config,
  name: Name,
  args: Parameters<AllOperations[Name]>[0],
): Promise<Awaited<ReturnType<AllOperations[Name]>>> {
  type Result = Awaited<ReturnType<AllOperations[Name]>>;
  if ((await runningServer(config.dataDirectory)) !== undefined) {
    return (await callControl(controlSocket(config.dataDirectory), name, args)) as Result;
  }
  const closers = new Closers();
  try {
    const lock = await takeDataLock(config.dataDirectory);
    closers.add(() => lock.release());
    const database = await startDatabase(config);
    closers.add(() => database.stop());
    await prepareDatabase(database.url, config);
    const log = createLogger({ level: 'error' });
    const ctx = await createContext({ config, log, databaseUrl: database.url });
    closers.add(() => ctx.close());
    const operation = operationsOf(ctx)[name] as (args: unknown) => Promise<Result>;
    return await operation(args);
  } finally {
    await closers.close();
  }
}
