/**
 * What one user does on an ordinary day, and what it costs the server: counts are of a person who has a client open for
 * eight hours; times and sizes were measured with this code on the date below (docs/deploy.md says how).
 */
export const WORK = {
  date: '2026-11-24',
  /** Long polls: eight hours, each 25 s when nothing happens. */
  pollsPerDay: 1_150,
  /** Polls that end early because something happened. */
  eventfulPollsPerDay: 400,
  /** Requests to Lambdas: messages, receipts, typing, keys, profiles. */
  requestsPerDay: 300,
  /** Time of one of these in a Lambda of 1 GiB, warm. */
  requestMs: 25,
  messagesPerDay: 40,
  /** Bytes in the database for each message, with its indexes and what follows from it. */
  messageBytes: 4_000,
  /** Uploads a day and their mean size, thumbnails included. */
  uploadsPerDay: 1,
  uploadBytes: 400_000,
  /** Bytes of answers, media included. */
  downloadBytesPerDay: 4_000_000,
  /** Bytes of logs for each request. */
  logBytesPerRequest: 500,
  /** Users that one sync task holds with their clients open. */
  usersPerSyncTask: 2_000,
} as const;
