import { declareUnit } from '../../lib/routing/unit.ts';

/** Keeps nothing: inbound PDUs are staged in the database before the transaction is answered. */
export const unit = declareUnit({
  name: 'federation',
  kind: 'lambda',
  does: 'Answers other servers and stages what they send',
  replaces: ['generic_worker: Federation requests', 'generic_worker: Inbound federation transaction request'],
  streamsWritten: [],
  streamsFollowed: [],
  jobs: [],
  needs: ['database', 'redis', 'internet', 'sqs'],
  memoryMiB: 1024,
  scaling: { min: 0, max: 1000, signal: 'concurrency' },
  instances: 'stateless',
  streamsAnswers: true,
  databasePool: 1,
});
