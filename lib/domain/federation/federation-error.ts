import { MatrixError } from '../../spec/errors.ts';

/** What another server answered instead of what was asked for, or that it did not answer. */
export class FederationError extends Error {
  override readonly name = 'FederationError';
  readonly destination: string;
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** Its error code and words, where it gave any. */
  readonly errcode: string | undefined;
  readonly said: string | undefined;
  /** How long it asks to be left alone. */
  readonly retryAfterMs: number | undefined;
  /** The whole error object. */
  readonly body: Record<string, unknown>;

  constructor(
    destination: string,
    message: string,
    answer: { status?: number; body?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, answer.cause === undefined ? {} : { cause: answer.cause });
    const { status, body = {} } = answer;
    const { errcode, error, retry_after_ms: retryAfterMs } = body;
    this.destination = destination;
    this.status = status;
    this.body = body;
    this.errcode = typeof errcode === 'string' ? errcode : undefined;
    this.said = typeof error === 'string' ? error : undefined;
    this.retryAfterMs = typeof retryAfterMs === 'number' ? retryAfterMs : undefined;
  }

  /** The server answered, and that it does not know this endpoint. */
  get isUnrecognized(): boolean {
    return (this.status === 404 || this.status === 405) && (this.errcode ?? 'M_UNRECOGNIZED') === 'M_UNRECOGNIZED';
  }

  /** The server has refused, so that others need not be asked: 4xx with an error code. */
  get isRefusal(): boolean {
    return this.status !== undefined && this.status >= 400 && this.status < 500 && this.errcode !== undefined;
  }
}

/**
 * What a client is told of another server's failure: its refusal as it is, else 502.
 * @param what begins the sentence, such as `The profile can't be fetched`
 */
export function clientErrorOf(error: unknown, what: string): MatrixError {
  if (error instanceof MatrixError) return error;
  if (!(error instanceof FederationError)) throw error;
  // A 401 would have the client think that its own token is meant.
  if (error.isRefusal && error.status !== 401 && error.status !== 429) {
    const { errcode: _code, error: _words, ...extra } = error.body;
    return new MatrixError(error.status as number, error.errcode as string, error.said ?? what, extra);
  }
  return new MatrixError(502, 'M_UNKNOWN', `${what}: ${error.message}.`);
}
