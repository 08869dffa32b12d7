import { defaultOf, type Key, keys } from '../../config/keys.ts';
import type { Command } from '../command.ts';
import { bold, dim, print } from '../terminal.ts';

function describe(key: Key): void {
  const { facts } = key;
  if (facts.type === 'section') {
    print();
    print(bold(key.path));
    print(`  ${facts.doc}${facts.orFalse ? ' false switches it off.' : ''}`);
    return;
  }
  const value = facts.defaultNote ?? JSON.stringify(defaultOf(key)) ?? 'none';
  print(bold(key.path));
  print(`  ${facts.doc}`);
  print(dim(`  ${facts.expects}; default: ${value}; ${key.env}`));
}

const command: Command = {
  verb: 'config keys',
  summary: 'List every configuration key with its meaning, default and environment variable',
  operands: '[PREFIX]',
  arity: [0, 1],
  flags: {},
  async run({ args: [prefix = ''] }) {
    const shown = [...keys.values()].filter((key) => key.path.startsWith(prefix));
    for (const key of shown) describe(key);
    return shown.length > 0 ? 0 : 1;
  },
};

export default command;
