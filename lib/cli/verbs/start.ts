import { banner } from '../banner.ts';
import type { Command } from '../command.ts';
import { configFile, configFlags, configOf, listenFlags } from '../config-flags.ts';
import { takeDataLock } from '../data-lock.ts';
import { startDatabase } from '../database.ts';
import { Failure, sentencesOf } from '../failure.ts';
import { Closers, limitShutdown, stopReason } from '../shutdown.ts';
import { dim, print, printError, red } from '../terminal.ts';

const command: Command = {
  verb: 'start',
  summary: 'Run the server: every unit in one process, until Ctrl-C',
  operands: '',
  arity: [0, 0],
  flags: { ...configFlags, ...listenFlags },
  async run(invocation) {
    const config = configOf(invocation);
    if (config.placement !== 'one') {
      throw new Failure(`The placement "${config.placement}" cannot be run yet; "one" can.`);
    }
    const stopping = stopReason();
    const closers = new Closers();
    let exitCode = 0;
    try {
      const lock = await takeDataLock(config.dataDirectory);
      closers.add(() => lock.release());
      // The program is loaded while the database starts.
      const program = import('../serve.ts');
      program.catch(() => {});
      const database = await startDatabase(config);
      closers.add(() => database.stop());
      const server = await (await program).serve(config, database.url);
      closers.add(() => server.close());
      await lock.update({ url: server.urls[0], databaseUrl: database.url });
      const startedInMs = performance.now();
      print(banner({ config, urls: server.urls, startedInMs, configFile: configFile(invocation) }));
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
