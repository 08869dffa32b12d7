/** A password is a signature that RDS takes for 15 minutes; connections made in the meantime share one. */
const FRESH_MS = 10 * 60_000;

/** Where and as whom to sign in. */
export interface RdsUser {
  hostname: string;
  port: number;
  username: string;
}

/**
 * Passwords of a database user that signs in by IAM. They are made from the process's own AWS credentials without asking
 * anybody, so this works without a way out of the network.
 * @returns the function that gives the password of the moment
 */
export function rdsIamPassword({ hostname, port, username }: RdsUser): () => Promise<string> {
  let made = Number.NEGATIVE_INFINITY;
  let password: Promise<string> | undefined;
  return () => {
    if (!password || performance.now() - made > FRESH_MS) {
      made = performance.now();
      password = sign({ hostname, port, username });
      password.catch(() => {
        password = undefined;
      });
    }
    return password;
  };
}

async function sign(user: RdsUser): Promise<string> {
  const { Signer } = await import('@aws-sdk/rds-signer');
  return new Signer(user).getAuthToken();
}
