import { MatrixError } from '../../../spec/errors.ts';
import { jsonResponse } from '../json-response.ts';

/** The answer to a request that never became one: a bad host, a target that is no path. */
export function malformedRequest(): Response {
  return matrixErrorResponse(new MatrixError(400, 'M_UNKNOWN', 'The request line or the Host header is not valid.'));
}

/** The answer when the application itself failed; what happened is in the log, not in the answer. */
export function serverFault(): Response {
  return matrixErrorResponse(new MatrixError(500, 'M_UNKNOWN', 'Something went wrong inside the server.'));
}

/** An answer that does not fit through the adapter. */
export function answerTooLarge(limitBytes: number): Response {
  const limit = `${Math.floor(limitBytes / 1_048_576)} MB`;
  return matrixErrorResponse(
    new MatrixError(
      413,
      'M_TOO_LARGE',
      `The answer is larger than the ${limit} that this way carries; ask for less at a time.`,
    ),
  );
}

function matrixErrorResponse(error: MatrixError): Response {
  return jsonResponse(error.status, JSON.stringify(error.toJSON()));
}
