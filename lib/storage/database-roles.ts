import type { Queryable } from './database.ts';

/** Sign-in names that stand in SQL as they are. */
const ROLE = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * Makes the roles that units sign in with, and lets them read and write what there is and what later migrations bring.
 * They own nothing, so no unit can change the schema. On RDS they sign in by IAM. Safe to repeat.
 * @throws Error for a name that is none
 */
export async function grantRoles(db: Queryable, roles: readonly string[]): Promise<void> {
  for (const role of roles) {
    if (!ROLE.test(role)) throw new Error(`"${role}" is no name of a database role`);
    await db.query(`DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN CREATE ROLE ${role} LOGIN; END IF;
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') THEN GRANT rds_iam TO ${role}; END IF;
      END $$`);
    for (const statement of [
      `GRANT USAGE ON SCHEMA public TO ${role}`,
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`,
      `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${role}`,
      `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO ${role}`,
      `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${role}`,
      `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ${role}`,
      `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO ${role}`,
    ]) {
      await db.query(statement);
    }
  }
}
