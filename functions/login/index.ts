import { lambdaEntry } from '../lambda-entry.ts';

export const handler = lambdaEntry('login');
