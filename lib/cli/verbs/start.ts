import { banner } from '../banner.ts';
import type { Command } from '../command.ts';
import { configFile, configFlags, configOf, listenFlags } from '../config-flags.ts';
import { takeDataLock } from '../data-lock.ts';
import { startDatabase } from '../database.ts';
import { sentencesOf } from '../failure.ts';
import type { ServingServer } from '../serve.ts';
import { Closers, limitShutdown, stopReason } from '../shutdown.ts';
import type { SupervisedServer } from '../supervisor/supervise.ts';
import { processTable } from '../supervisor/table.ts';
import { dim, print, printError, red } from '../terminal.ts';

/** Settings of the embedded PostgreSQL where each process has a pool of its own. */
const MANY_PROCESSES = { max_connections: 300 };

const command: Command = {
  verb: 'start',
  summary: 'Run the server until Ctrl-C: every unit in one process, or as --placement says',
  operands: '',
  arity: [0, 0],
  flags: { ...configFlags, ...listenFlags },
  async run(invocation) {
    const config = configOf(invocation);
    const stopping = stopReason();
    const closers = new Closers();
    let exitCode = 0;
    try {
      const lock = await takeDataLock(config.dataDirectory);
      closers.add(() => lock.release());
      // The program is loaded while the database starts.
      const program = config.placement === 'one' ? import('../serve.ts') : import('../supervisor/supervise.ts');
      program.catch(() => {});
      const database = await startDatabase(config, config.placement === 'one' ? {} : MANY_PROCESSES);
      closers.add(() => database.stop());
      const loaded = await program;
      const server: ServingServer & Partial<SupervisedServer> =
        'serve' in loaded ? await loaded.serve(config, database.url) : await loaded.supervise(config, database.url);
      closers.add(() => server.close());
      await lock.update({ url: server.urls[0], databaseUrl: database.url });
      const startedInMs = performance.now();
      print(banner({ config, urls: server.urls, startedInMs, configFile: configFile(invocation) }));
      if (server.children) {
        print([...processTable(server.children), '', `  Logs in ${server.logDirectory}`, ''].join('\n'));
      }
      const end = await Promise.race([stopping, server.failed, database.failed]);
      if (typeof end === 'string') {
        print(dim(`${end}: stopping …`));
      } else {
        exitCode = 1;
        for (const sentence of sentencesOf(end)) printError(`${red('✗', process.stderr)} ${sentence}`);
      }
    } finally {
      limitShutdown(printError);
      for (const error of await closers.close()) printError(`While stopping: ${sentencesOf(error)[0]}`);
    }
    print(dim('Stopped.'));
    // Whatever still holds the event loop has nothing left to do.
    process.exit(exitCode);
  },
};

export default command;
