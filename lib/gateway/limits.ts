/** Limits of the services that the local gateway stands in for, so that what works here works there. */

/** Longest time that an API Gateway REST API waits for a function. */
export const INTEGRATION_TIMEOUT_MS = 29_000;
/** Longest request body that API Gateway takes. */
export const GATEWAY_BODY_BYTES = 10 * 1024 * 1024;
/** Longest event that Lambda takes, as JSON. */
export const LAMBDA_EVENT_BYTES = 6 * 1024 * 1024;
/** Longest result of a function that does not stream, as JSON. */
export const LAMBDA_RESULT_BYTES = 6 * 1024 * 1024;
/** Longest time for a streamed answer. */
export const STREAMED_TIMEOUT_MS = 120_000;
/** Longest request line and headers together. */
export const HEADER_BYTES = 64 * 1024;
