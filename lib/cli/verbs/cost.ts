import { costTable } from '../../../infra/costs/estimate.ts';
import { loadStage } from '../../../infra/stages.ts';
import { type Command, textFlag } from '../command.ts';
import { Failure } from '../failure.ts';
import { print } from '../terminal.ts';

const command: Command = {
  verb: 'cost',
  summary: 'Print what a stage on AWS costs in a month',
  operands: '',
  arity: [0, 0],
  details: 'By a price table with its date (infra/costs) and the work that users make; nothing is asked of AWS.',
  flags: {
    stage: { type: 'string', value: 'NAME', doc: 'dev, staging, prod, or a file of your own in infra/stages (dev).' },
    users: { type: 'string', value: 'N', doc: 'People who have a client open for eight hours a day (0).' },
  },
  async run(invocation) {
    const users = textFlag(invocation, 'users') ?? '0';
    if (!/^\d{1,9}$/.test(users)) throw new Failure('--users must be a whole number from 0', 2);
    const stage = await loadStage(textFlag(invocation, 'stage') ?? 'dev').catch((error: Error) => {
      throw new Failure(error.message, 2);
    });
    print(costTable(stage, Number(users)));
    return 0;
  },
};

export default command;
