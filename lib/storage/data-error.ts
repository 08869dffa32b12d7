/**
 * Whether Postgres refused a statement for what is in it (a value, a constraint), so that another statement may do well
 * now. A lost connection, a full disk or a server that is ending is no such error.
 */
export function isDataError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof TypeError || error instanceof RangeError) return true;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^(21|22|23|42|54|P0)[0-9A-Z]{3}$/.test(code);
}

/** The constraint that a statement has violated, if that was it. */
export function violatedConstraint(error: unknown): string | undefined {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return code === '23505' && typeof constraint === 'string' ? constraint : undefined;
}
