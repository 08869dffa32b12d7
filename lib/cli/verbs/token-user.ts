import { type Command, textFlag } from '../command.ts';
import { configFlags, configOf } from '../config-flags.ts';
import { print, printError } from '../terminal.ts';
import { localpartOf } from '../user-id.ts';

const command: Command = {
  verb: 'token user',
  summary: 'Log an account in on a new device and print its access token',
  operands: 'NAME',
  arity: [1, 1],
  details: 'Only the token goes to standard output, so that it can be taken into a variable.',
  flags: {
    'device-name': { type: 'string', value: 'TEXT', doc: 'What the device is called in the list of sessions.' },
    ...configFlags,
  },
  async run(invocation) {
    const { operate } = await import('../operations.ts');
    const config = configOf(invocation);
    const userId = `@${localpartOf(invocation.args[0] ?? '', config)}:${config.serverName}`;
    const deviceName = textFlag(invocation, 'device-name') ?? 'Command line';
    const { accessToken, deviceId } = await operate(config, 'createAccessToken', { userId, deviceName });
    printError(`${userId}, device ${deviceId}`);
    print(accessToken);
    return 0;
  },
};

export default command;
