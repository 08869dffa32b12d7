/**
 * An error of the Matrix APIs: HTTP status, error code, sentence (client-server API, "Standard error response").
 * Handlers and domain code throw it; one place in the HTTP layer turns it into a response.
 */
export class MatrixError extends Error {
  readonly status: number;
  readonly errcode: string;
  /** Further members of the error's body, such as `retry_after_ms`. */
  readonly extra: Record<string, unknown>;

  constructor(status: number, errcode: string, message: string, extra: Record<string, unknown> = {}) {
    super(message);
    this.name = 'MatrixError';
    this.status = status;
    this.errcode = errcode;
    this.extra = extra;
  }

  /** The body of the response. */
  toJSON(): Record<string, unknown> {
    return { errcode: this.errcode, error: this.message, ...this.extra };
  }
}

/** 403 `M_FORBIDDEN`: the requester may not do this. */
export function forbidden(message: string): MatrixError {
  return new MatrixError(403, 'M_FORBIDDEN', message);
}

/** 404 `M_NOT_FOUND`: there is no such thing. */
export function notFound(message: string): MatrixError {
  return new MatrixError(404, 'M_NOT_FOUND', message);
}

/** 400 `M_BAD_JSON`: JSON that parses but has the wrong shape. */
export function badJson(message: string): MatrixError {
  return new MatrixError(400, 'M_BAD_JSON', message);
}

/** 400 `M_NOT_JSON`: a body that does not parse. */
export function notJson(message: string): MatrixError {
  return new MatrixError(400, 'M_NOT_JSON', message);
}

/** 400 `M_INVALID_PARAM`: a parameter with a value that is not allowed. */
export function invalidParam(message: string): MatrixError {
  return new MatrixError(400, 'M_INVALID_PARAM', message);
}

/** 400 `M_MISSING_PARAM`: a parameter that has to be there is not. */
export function missingParam(message: string): MatrixError {
  return new MatrixError(400, 'M_MISSING_PARAM', message);
}

/** 404 `M_UNRECOGNIZED`: no such endpoint. Give 405 for a known path with another method. */
export function unrecognized(status: 404 | 405 = 404): MatrixError {
  return new MatrixError(status, 'M_UNRECOGNIZED', 'Unrecognized request');
}

/** 401 `M_UNKNOWN_TOKEN`: with `soft`, the client may log in again and keep its device. */
export function unknownToken(message: string, soft = false): MatrixError {
  return new MatrixError(401, 'M_UNKNOWN_TOKEN', message, { soft_logout: soft });
}

/** 401 `M_MISSING_TOKEN`: the request carries no access token. */
export function missingToken(): MatrixError {
  return new MatrixError(401, 'M_MISSING_TOKEN', 'Missing access token');
}

/** 429 `M_LIMIT_EXCEEDED`: too many requests; try again after that many milliseconds. */
export function limitExceeded(retryAfterMs: number): MatrixError {
  return new MatrixError(429, 'M_LIMIT_EXCEEDED', 'Too many requests', { retry_after_ms: Math.ceil(retryAfterMs) });
}

/** 413 `M_TOO_LARGE`: a body, event or field above its limit. */
export function tooLarge(message: string): MatrixError {
  return new MatrixError(413, 'M_TOO_LARGE', message);
}

/** 400 `M_UNKNOWN`: an error without a code of its own. */
export function unknown(message: string): MatrixError {
  return new MatrixError(400, 'M_UNKNOWN', message);
}
