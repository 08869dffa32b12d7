import { Database, type Queryable } from '../../lib/storage/database.ts';

/** A database that notes every statement. */
export class CountingDatabase extends Database {
  /** Statements since {@link CountingDatabase.reset}, with the bytes of their answers as JSON. */
  readonly statements: { sql: string; bytes: number }[] = [];

  // biome-ignore lint/suspicious/noExplicitAny: rows are shaped by the SQL beside the call
  override async query<T = any>(sql: string, params?: unknown[]): Promise<T[]> {
    return this.#note(sql, await super.query<T>(sql, params));
  }

  override async prepared<T>(name: string, sql: string, params: unknown[]): Promise<T[]> {
    return this.#note(sql, await super.prepared<T>(name, sql, params));
  }

  override tx<T>(body: (q: Queryable) => Promise<T>): Promise<T> {
    return super.tx((q) =>
      body({ query: async <R>(sql: string, params?: unknown[]) => this.#note(sql, await q.query<R>(sql, params)) }),
    );
  }

  /** Starts counting anew. */
  reset(): void {
    this.statements.length = 0;
  }

  /** Statements that hold a text. */
  with(text: string): string[] {
    return this.statements.map((one) => one.sql).filter((sql) => sql.includes(text));
  }

  /** Bytes that all answers took. */
  get bytes(): number {
    return this.statements.reduce((sum, one) => sum + one.bytes, 0);
  }

  #note<T>(sql: string, rows: T[]): T[] {
    this.statements.push({ sql, bytes: JSON.stringify(rows).length });
    return rows;
  }
}
