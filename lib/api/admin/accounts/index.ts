import type { Endpoint } from '../../http/endpoint.ts';
import getRegistrationNonce from './get-registration-nonce.ts';
import registerWithSharedSecret from './register-with-shared-secret.ts';

/** Accounts, for operators and their tools. */
export const endpoints: Endpoint[] = [getRegistrationNonce, registerWithSharedSecret];
