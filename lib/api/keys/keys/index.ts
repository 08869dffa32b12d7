import type { Endpoint } from '../../http/endpoint.ts';
import claimKeys from './claim-keys.ts';
import getKeyChanges from './get-key-changes.ts';
import queryKeys from './query-keys.ts';
import uploadKeys from './upload-keys.ts';

export const endpoints: Endpoint[] = [uploadKeys, queryKeys, claimKeys, getKeyChanges];
