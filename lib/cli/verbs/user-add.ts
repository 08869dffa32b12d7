import { type Command, textFlag } from '../command.ts';
import { configFlags, configOf } from '../config-flags.ts';
import { choosePassword } from '../read-password.ts';
import { bold, green, print } from '../terminal.ts';
import { localpartOf } from '../user-id.ts';

const command: Command = {
  verb: 'user add',
  summary: 'Make an account, whether or not registration is open',
  operands: 'NAME',
  arity: [1, 1],
  details: 'The password is asked for, or made up and printed. Works while the server runs and while it does not.',
  flags: {
    admin: { type: 'boolean', doc: 'The account may use the admin API.' },
    'display-name': { type: 'string', value: 'TEXT', doc: 'Shown to others instead of NAME.' },
    'password-file': { type: 'string', value: 'FILE', doc: 'Read the password from a file.' },
    'password-stdin': { type: 'boolean', doc: 'Read the password from standard input.' },
    ...configFlags,
  },
  async run(invocation) {
    const { operate } = await import('../operations.ts');
    const config = configOf(invocation);
    const localpart = localpartOf(invocation.args[0] ?? '', config);
    const file = textFlag(invocation, 'password-file');
    const displayName = textFlag(invocation, 'display-name');
    const { password, generated } = await choosePassword({
      ...(file === undefined ? {} : { file }),
      stdin: invocation.flags['password-stdin'] === true,
    });
    const isAdmin = invocation.flags['admin'] === true;
    const account = { localpart, password, isAdmin, ...(displayName === undefined ? {} : { displayName }) };
    const { userId } = await operate(config, 'createUser', account);
    print(`${green('✓')} ${userId}${isAdmin ? ' (administrator)' : ''}`);
    if (generated) print(`  password: ${bold(password)}`);
    return 0;
  },
};

export default command;
