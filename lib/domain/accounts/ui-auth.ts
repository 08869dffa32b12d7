import { forbidden, MatrixError, unknown } from '../../spec/errors.ts';
import type { JsonObject } from '../../spec/json.ts';
import { randomString } from '../../spec/random.ts';
import {
  completeUiAuthStage,
  getUiAuthSession,
  insertUiAuthSession,
  setUiAuthParams,
  takeUiAuthSession,
  type UiAuthSessionRow,
} from '../../storage/accounts/ui-auth-sessions.ts';
import type { Context } from '../context.ts';
import { requireSameVisitor } from '../sso/sso-stage.ts';
import { stageParams, uiAuthStages } from './ui-auth-stages.ts';

/** How long a session of user-interactive authentication lasts. */
export const UI_AUTH_LIFETIME_MS = 48 * 3_600_000;

/** The `auth` member of a request: `type` and `session`, and what the stage wants. */
export interface AuthDict {
  type?: string;
  session?: string;
  [key: string]: unknown;
}

/** A request that wants user-interactive authentication (client-server API, section of that name). */
export interface UiAuthRequest {
  /** The alternatives, each a list of stages. */
  flows: readonly (readonly string[])[];
  method: string;
  /** Path without the query. */
  path: string;
  /** Whose operation it is; null before there is an account. */
  userId: string | null;
  auth: AuthDict | null | undefined;
  /** Parameters to keep for a client that sends them once only. No secrets. */
  params?: JsonObject;
  ip: string;
}

/** 401 with the flows; the client has to do another stage. */
export class UiAuthRequired extends MatrixError {
  /** The session that goes on. */
  readonly sessionId: string;

  constructor(sessionId: string, body: Record<string, unknown>, failure?: MatrixError) {
    super(401, failure?.errcode ?? '', failure?.message ?? 'Additional authentication is required.', body);
    this.sessionId = sessionId;
  }

  override toJSON(): Record<string, unknown> {
    // Without a failed stage there is no error to report.
    return this.errcode === '' ? this.extra : super.toJSON();
  }
}

/**
 * Lets a request pass that has completed a flow. Its session stays open: end it with {@link endUiAuth} unless the
 * operation may be repeated.
 * @throws UiAuthRequired 401 with flows, params, session and completed; MatrixError 403 when the operation is another
 *   than the session was opened for.
 */
export async function requireUiAuth(ctx: Context, request: UiAuthRequest): Promise<UiAuthSessionRow> {
  const auth = request.auth ?? {};
  const given = auth.session !== undefined;
  const session = given ? await resume(ctx, request, auth.session) : await open(ctx, request);
  if (given && request.params !== undefined) await remember(ctx, session, request.params);
  if (auth.type !== undefined && !session.completed.includes(auth.type)) {
    try {
      session.completed = await runStage(ctx, session, auth, request.ip);
    } catch (error) {
      if (error instanceof MatrixError && error.status === 401) throw required(ctx, request, session, error);
      throw error;
    }
  }
  if (!request.flows.some((flow) => flow.every((stage) => session.completed.includes(stage)))) {
    throw required(ctx, request, session);
  }
  return session;
}

/**
 * Tries a stage of a session and notes it when it succeeds.
 * @returns all completed stages
 * @throws MatrixError 401 when the stage failed and may be tried again
 */
export async function runStage(ctx: Context, session: UiAuthSessionRow, auth: AuthDict, ip: string): Promise<string[]> {
  const stage = uiAuthStages.get(auth.type ?? '');
  if (!stage) throw new MatrixError(401, 'M_UNRECOGNIZED', 'This type of authentication is not supported.');
  await stage.check(ctx, { session, auth, ip });
  return completeUiAuthStage(ctx.db, session.sessionId, auth.type as string);
}

/**
 * Ends a session that let an operation pass.
 * @throws MatrixError 403 when the same session was used elsewhere at the same time.
 */
export async function endUiAuth(ctx: Context, session: UiAuthSessionRow): Promise<void> {
  if (!(await takeUiAuthSession(ctx.db, session.sessionId))) throw forbidden('The authentication was used already.');
}

/** The session of that id, if it still lasts. */
export function findUiAuthSession(ctx: Context, sessionId: string): Promise<UiAuthSessionRow | undefined> {
  return getUiAuthSession(ctx.db, sessionId.replaceAll('\0', ''), ctx.clock.now() - UI_AUTH_LIFETIME_MS);
}

async function open(ctx: Context, request: UiAuthRequest): Promise<UiAuthSessionRow> {
  const { method, path, userId } = request;
  const session = {
    sessionId: randomString(24),
    method,
    path,
    userId,
    params: JSON.stringify(request.params ?? {}),
  };
  await insertUiAuthSession(ctx.db, { ...session, createdTs: ctx.clock.now() });
  return { ...session, completed: [], registeredUserId: null };
}

async function resume(ctx: Context, request: UiAuthRequest, id: string | undefined): Promise<UiAuthSessionRow> {
  const session = await findUiAuthSession(ctx, String(id));
  if (!session) throw unknown('The authentication session is unknown or has ended.');
  if (session.method !== request.method || session.path !== request.path || session.userId !== request.userId) {
    throw forbidden('The requested operation has changed during the authentication session.');
  }
  requireSameVisitor(session);
  return session;
}

/** Adds what this request says anew to what the earlier ones said. */
async function remember(ctx: Context, session: UiAuthSessionRow, params: JsonObject): Promise<void> {
  const said = Object.entries(params).filter(([, value]) => value !== undefined);
  if (said.length === 0) return;
  session.params = JSON.stringify({ ...JSON.parse(session.params), ...Object.fromEntries(said) });
  await setUiAuthParams(ctx.db, session.sessionId, session.params);
}

function required(
  ctx: Context,
  request: UiAuthRequest,
  session: UiAuthSessionRow,
  failure?: MatrixError,
): UiAuthRequired {
  const params: Record<string, unknown> = {};
  for (const stage of new Set(request.flows.flat())) {
    const value = stageParams(ctx, stage);
    if (value) params[stage] = value;
  }
  const body = {
    flows: request.flows.map((stages) => ({ stages })),
    params,
    session: session.sessionId,
    completed: session.completed,
  };
  return new UiAuthRequired(session.sessionId, body, failure);
}
