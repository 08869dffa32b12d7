import { FRONT_UNITS } from '../../lib/routing/unit-names.ts';
import { lambdaEntry } from '../lambda-entry.ts';

/** The fallback has the whole router: a request that was placed wrong is answered all the same. */
export const handler = lambdaEntry('client', FRONT_UNITS);
