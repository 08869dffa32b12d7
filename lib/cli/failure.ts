import { ConfigError } from '../config/config.ts';

/** Ends the program with one sentence and an exit code, without a stack. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: number;

  constructor(sentence: string, exitCode = 1) {
    super(sentence);
    this.exitCode = exitCode;
  }
}

/** What a system error means, for those that people meet. */
const meanings: Record<string, string> = {
  EADDRINUSE: 'something else listens there already',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EACCES: 'permission denied',
  ENOSPC: 'no space left on the disk',
  ECONNREFUSED: 'nothing answers there',
  ENOTFOUND: 'there is no such host',
};

/** The lines that are shown for an error; a sentence each. */
export function sentencesOf(error: unknown): string[] {
  if (error instanceof ConfigError) return error.problems;
  // Several tries of one connection that all failed: the first says enough.
  if (error instanceof AggregateError && error.errors.length > 0) return sentencesOf(error.errors[0]);
  if (!(error instanceof Error)) return [String(error)];
  const { code, address, port, path } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  const meaning = code === undefined ? undefined : meanings[code];
  if (meaning === undefined) return [error.message];
  const where = address === undefined ? path : port === undefined ? address : `${address}:${port}`;
  return [where === undefined ? error.message : `${where}: ${meaning}`];
}
