/**
 * What one user does on an ordinary day, and what it costs the server. Counts are of a person who has a client open for
 * eight hours, and are assumptions. Times and sizes marked so were measured with this code on the date below, by
 * `node scripts/measure-work.ts`: bundled Lambdas and a task beside one PostgreSQL.
 */
export const WORK = {
  date: '2026-11-28',
  /** Long polls: eight hours, each 25 s when nothing happens. */
  pollsPerDay: 1_150,
  /** Polls that end early because something happened. */
  eventfulPollsPerDay: 400,
  /** Requests to Lambdas: messages, receipts, typing, keys, profiles. */
  requestsPerDay: 300,
  /** Time of one of these in a Lambda of 1 GiB, warm. Measured: 5 to 13 ms, of a processor 2.5; the rest is for the network. */
  requestMs: 25,
  messagesPerDay: 40,
  /** Bytes in the database for each message, with its indexes. Measured. */
  messageBytes: 2_200,
  /** Uploads a day and their mean size, thumbnails included. */
  uploadsPerDay: 1,
  uploadBytes: 400_000,
  /** Bytes of answers, media included. */
  downloadBytesPerDay: 4_000_000,
  /** Bytes of logs for each request: its metrics. Measured. */
  logBytesPerRequest: 700,
  /** Users that one sync task holds with their clients open. */
  usersPerSyncTask: 2_000,
} as const;
