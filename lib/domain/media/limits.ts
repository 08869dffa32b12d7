const HOUR_MS = 3_600_000;

/** How long an id waits for its file (the spec recommends a day). */
export const PENDING_LIFETIME_MS = 24 * HOUR_MS;

/** Ids without a file that one user may have at the same time. */
export const MOST_PENDING = 50;

/** How long a download waits for a file that is still to come, when the client does not say. */
export const DEFAULT_WAIT_MS = 20_000;

/** And at most: gateways give up on a request after 29 s. */
export const LONGEST_WAIT_MS = 25_000;

/** After this an upload that is still under way is lost: no server keeps a request open that long. */
export const LONGEST_UPLOAD_MS = 24 * HOUR_MS;

/** How long a file of another server is kept before it is fetched again. */
export const FETCHED_LIFETIME_MS = 90 * 24 * HOUR_MS;

/** Longest file name that is kept, in characters. */
export const LONGEST_FILE_NAME = 255;
