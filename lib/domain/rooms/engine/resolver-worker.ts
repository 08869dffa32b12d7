// A thread that resolves states which would hold the event persister's own thread up.
import { parentPort, workerData } from 'node:worker_threads';
import { Database } from '../../../storage/database.ts';
import { type ResolveJob, resolve } from './resolver.ts';

const db = new Database((workerData as { url: string }).url, { poolSize: 2, applicationName: 'myelin-resolver' });

parentPort?.on('message', ({ id, job }: { id: number; job: ResolveJob }) => {
  resolve(db, job).then(
    (resolution) => parentPort?.postMessage({ id, resolution }),
    (error: Error) => parentPort?.postMessage({ id, error: error.stack ?? error.message }),
  );
});
