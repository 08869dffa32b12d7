import { getPushRuleStream } from '../storage/push/push-rules.ts';
import { getStreamPosition } from '../storage/streams/positions.ts';
import type { StreamDefinition } from './stream.ts';

/** The push_rules stream: whose push rules changed, by the account-data writer. */
export const pushRulesStream: StreamDefinition<'push_rules'> = {
  name: 'push_rules',
  currentPosition: (db) => getStreamPosition(db, 'push_rules'),
  async readBetween(db, from, to, limit) {
    const rows = await getPushRuleStream(db, from, to, limit);
    return { rows, to: rows.length < limit ? to : (rows.at(-1)?.position ?? to) };
  },
};
