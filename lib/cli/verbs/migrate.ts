import type { Command } from '../command.ts';
import { configFlags, configOf } from '../config-flags.ts';
import { takeDataLock } from '../data-lock.ts';
import { green, print, withProgress } from '../terminal.ts';

const command: Command = {
  verb: 'migrate',
  summary: "Bring the database's schema up to date",
  operands: '',
  arity: [0, 0],
  details: 'The server does this itself when it starts; with several processes on one database it is run once before.',
  flags: configFlags,
  async run(invocation) {
    const { Database } = await import('../../storage/database.ts');
    const { migrate } = await import('../../storage/migrate.ts');
    const { startDatabase } = await import('../database.ts');
    const config = configOf(invocation);
    const lock = config.databaseUrl === undefined ? await takeDataLock(config.dataDirectory) : undefined;
    try {
      const database = await startDatabase(config);
      const db = new Database(database.url, { poolSize: 1, applicationName: 'myelin-migrate' });
      try {
        const applied = await withProgress('Migrating', migrate(db));
        for (const name of applied) print(`${green('✓')} ${name}`);
        print(applied.length === 0 ? 'The schema is up to date.' : `${applied.length} migrations applied.`);
      } finally {
        await db.close();
        await database.stop();
      }
    } finally {
      await lock?.release();
    }
    return 0;
  },
};

export default command;
