import { stringify } from 'yaml';
import { dumpConfig } from '../../config/config.ts';
import type { Command } from '../command.ts';
import { configFlags, configOf, listenFlags } from '../config-flags.ts';
import { print } from '../terminal.ts';

const command: Command = {
  verb: 'config dump',
  summary: 'Print the configuration in effect, defaults filled in and secrets masked',
  operands: '',
  arity: [0, 0],
  flags: { ...configFlags, ...listenFlags, json: { type: 'boolean', doc: 'As JSON instead of YAML.' } },
  async run(invocation) {
    const dump = dumpConfig(configOf(invocation));
    print(invocation.flags['json'] === true ? JSON.stringify(dump, null, 2) : stringify(dump).trimEnd());
    return 0;
  },
};

export default command;
