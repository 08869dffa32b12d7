/**
 * The configuration cannot be used. `problems` has one sentence per mistake, each naming its key; all mistakes
 * that could be found are there, so that one round of mending is enough.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: string[];

  constructor(problems: string[]) {
    const [first = 'The configuration cannot be used.'] = problems;
    super(problems.length > 1 ? `${first} (and ${problems.length - 1} more)` : first);
    this.problems = problems;
  }
}
