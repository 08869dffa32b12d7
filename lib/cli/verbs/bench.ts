import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from '../command.ts';
import { Failure } from '../failure.ts';

const RUNNER = new URL('../../../test/bench/run.ts', import.meta.url);

const command: Command = {
  verb: 'bench',
  summary: 'Measure this checkout on this machine; without a name, list what there is',
  operands: '[NAME [ARGUMENT...]]',
  arity: [0, 20],
  details: 'The same as npm run bench. Benches start servers of their own, on loopback, and end by themselves.',
  flags: {},
  async run({ args }) {
    // What is installed for running only comes without the benches.
    if (!existsSync(RUNNER))
      throw new Failure('The benches are not part of this installation: run them in a checkout.');
    process.argv = [process.execPath, fileURLToPath(RUNNER), ...args];
    await import(RUNNER.href);
    return Number(process.exitCode ?? 0);
  },
};

export default command;
