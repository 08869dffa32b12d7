import type { Endpoint } from '../../http/endpoint.ts';
import createToken from './create-token.ts';
import deleteToken from './delete-token.ts';
import getToken from './get-token.ts';
import listTokens from './list-tokens.ts';
import updateToken from './update-token.ts';

export const endpoints: Endpoint[] = [createToken, deleteToken, getToken, listTokens, updateToken];
