import type { Command } from '../command.ts';
import { configFile, configFlags, configOf, listenFlags } from '../config-flags.ts';
import { green, print } from '../terminal.ts';

const command: Command = {
  verb: 'config check',
  summary: 'Read the configuration and say what is wrong with it',
  operands: '',
  arity: [0, 0],
  details: 'Looks at the file, at MYELIN_… variables and at the flags. Every mistake is one sentence; exit code 1.',
  flags: { ...configFlags, ...listenFlags },
  async run(invocation) {
    configOf(invocation);
    const file = configFile(invocation);
    print(`${green('✓')} The configuration is fine (${file ?? 'no file: defaults and environment'}).`);
    return 0;
  },
};

export default command;
