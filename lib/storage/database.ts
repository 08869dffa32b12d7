import pg from 'pg';
import { inStatement } from '../observability/tracing.ts';
import { connectionSettings } from './connection-settings.ts';

// Positions and numeric ids stay far below 2^53, so bigint columns are read as numbers.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
pg.types.setTypeParser(pg.types.builtins.NUMERIC, Number);
pg.types.setTypeParser(1016 as never, parseNumberArray as never);

/** What every storage function takes first: a pool or an open transaction. */
export interface Queryable {
  /** Runs one statement and returns its rows. */
  // biome-ignore lint/suspicious/noExplicitAny: rows are shaped by the SQL beside the call
  query<T = any>(sql: string, params?: unknown[]): Promise<T[]>;
}

/** Connection settings of a {@link Database}. */
export interface DatabaseOptions {
  /** Most connections that the pool opens. */
  poolSize?: number;
  /** Shown in `pg_stat_activity`. */
  applicationName?: string;
  /** Longest time one statement may take, in milliseconds. */
  statementTimeoutMs?: number;
}

/** A pool of connections to the one Postgres that everything shares (design.md §6). */
export class Database implements Queryable {
  readonly url: string;
  readonly #pool: pg.Pool;

  constructor(url: string, options: DatabaseOptions = {}) {
    this.url = url;
    this.#pool = new pg.Pool({
      ...connectionSettings(url),
      max: options.poolSize ?? 10,
      application_name: options.applicationName ?? 'myelin',
      statement_timeout: options.statementTimeoutMs ?? 60_000,
      connectionTimeoutMillis: 10_000,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
    });
    // An idle connection that the server closes must not end the process; the next query opens a new one.
    this.#pool.on('error', () => {});
  }

  async query<T>(sql: string, params?: unknown[]): Promise<T[]> {
    const result = await inStatement(sql, () => this.#pool.query(sql, params as unknown[]));
    return result.rows as T[];
  }

  /**
   * Runs a statement that is planned once per connection. Only for units that keep their connections (tasks): RDS Proxy
   * pins a connection on a named statement, so Lambdas use {@link query}.
   */
  async prepared<T>(name: string, sql: string, params: unknown[]): Promise<T[]> {
    const result = await inStatement(sql, () => this.#pool.query({ name, text: sql, values: params }));
    return result.rows as T[];
  }

  /** The row, or undefined when there is none. */
  async maybeOne<T>(sql: string, params?: unknown[]): Promise<T | undefined> {
    return (await this.query<T>(sql, params))[0];
  }

  /** The one row; throws when there is none. */
  async one<T>(sql: string, params?: unknown[]): Promise<T> {
    const row = await this.maybeOne<T>(sql, params);
    if (row === undefined) throw new Error('a row was expected and none came back');
    return row;
  }

  /** Runs `body` in a transaction: committed when it returns, rolled back when it throws. */
  async tx<T>(body: (q: Queryable) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    // A connection may end between two statements. Nobody hearing of it would end the process; the next statement fails.
    const lost = (error: Error) => {
      broken = error;
    };
    client.on('error', lost);
    try {
      await client.query('BEGIN');
      const result = await body({
        query: async <R>(sql: string, params?: unknown[]) =>
          (await inStatement(sql, () => client.query(sql, params as unknown[]))).rows as R[],
      });
      await client.query('COMMIT');
      return result;
    } catch (error) {
      try {
        await client.query('ROLLBACK');
      } catch (rollbackError) {
        broken = rollbackError as Error;
      }
      throw error;
    } finally {
      client.off('error', lost);
      client.release(broken);
    }
  }

  /** Runs several statements separated by semicolons, without parameters, in one transaction. */
  async script(sql: string): Promise<void> {
    await this.#pool.query(sql);
  }

  /** Waits for the queries under way, then closes every connection. */
  async close(): Promise<void> {
    await this.#pool.end();
  }
}

function parseNumberArray(text: string): number[] {
  return text === '{}' ? [] : text.slice(1, -1).split(',').map(Number);
}
