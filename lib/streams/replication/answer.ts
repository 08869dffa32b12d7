/**
 * What a process makes of a command.
 *
 * - `result`: done; the body is the result
 * - `error`: refused with a `MatrixError`, which travels as it is
 * - `not-mine`: nothing was done; the body names the owner where it is known
 * - `busy`: nothing was done; try again after a while
 * - `unavailable`: the database went away; perhaps it was done
 * - `failed`: a mistake of the program; perhaps it was done
 * - `refused`: the request is not from one of us, or not fresh; the body says why
 */
export type Outcome = 'result' | 'error' | 'not-mine' | 'busy' | 'unavailable' | 'failed' | 'refused';

export interface Answer {
  outcome: Outcome;
  body: unknown;
}

/** HTTP status of an outcome; an `error` has the status of its own. */
export const STATUS: Record<Exclude<Outcome, 'error'>, number> = {
  result: 200,
  'not-mine': 421,
  busy: 429,
  unavailable: 503,
  failed: 500,
  refused: 401,
};

export const OUTCOME_HEADER = 'x-myelin-outcome';

/** Why a request was refused. */
export type Refusal = 'malformed' | 'signature' | 'recipient' | 'time' | 'replay' | 'body';

/** A `MatrixError` on its way. */
export interface WireError {
  status: number;
  errcode: string;
  message: string;
  extra: Record<string, unknown>;
}
