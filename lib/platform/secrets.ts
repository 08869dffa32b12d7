/** Named secrets: signing keys, shared secrets, passwords. Never logged, never on a command line. */
export interface Secrets {
  /** The secret, or undefined when there is none of this name. Names are of `a-z`, `0-9`, `.`, `_`, `-`. */
  get(name: string): Promise<string | undefined>;
  /** Stores a secret. Absent where the platform's secrets are read-only. */
  put?(name: string, value: string): Promise<void>;
}

/** Throws for a name that {@link Secrets} does not allow. */
export function checkSecretName(name: string): void {
  if (!/^[a-z0-9][a-z0-9._-]{0,127}$/i.test(name)) throw new Error(`not the name of a secret: ${JSON.stringify(name)}`);
}
