import { type Command, textFlag } from '../command.ts';
import { configFlags, configOf } from '../config-flags.ts';
import { Failure } from '../failure.ts';
import { print, printError, yellow } from '../terminal.ts';

const dayMs = 86_400_000;
/** What the admin API allows too. */
const tokenForm = /^[0-9A-Za-z._~-]{1,64}$/;

function wholeNumber(written: string | undefined, flag: string): number | null {
  if (written === undefined) return null;
  const number = Number(written);
  if (!Number.isSafeInteger(number) || number < 1) {
    throw new Failure(`--${flag} must be a whole number of at least 1; it is "${written}"`, 2);
  }
  return number;
}

const command: Command = {
  verb: 'token registration',
  summary: 'Make a token with which somebody can register, and print it',
  operands: '[TOKEN]',
  arity: [0, 1],
  details: 'Asked for where registrationRequiresToken is set. Without TOKEN one is made up.',
  flags: {
    uses: { type: 'string', value: 'N', doc: 'How many accounts may be made with it; any number without this.' },
    days: { type: 'string', value: 'N', doc: 'How long it holds; for ever without this.' },
    ...configFlags,
  },
  async run(invocation) {
    const { operate } = await import('../operations.ts');
    const config = configOf(invocation);
    const [given = null] = invocation.args;
    if (given !== null && !tokenForm.test(given)) {
      throw new Failure('A registration token has at most 64 characters, of A-Z, a-z, 0-9 and . _ ~ -', 2);
    }
    const usesAllowed = wholeNumber(textFlag(invocation, 'uses'), 'uses');
    const days = wholeNumber(textFlag(invocation, 'days'), 'days');
    const lifetimeMs = days === null ? null : days * dayMs;
    const { token } = await operate(config, 'createRegistrationToken', { token: given, usesAllowed, lifetimeMs });
    if (!config.enableRegistration || !config.registrationRequiresToken) {
      const keys = 'enableRegistration and registrationRequiresToken';
      printError(`${yellow('!', process.stderr)} It counts once ${keys} are set.`);
    }
    print(token);
    return 0;
  },
};

export default command;
