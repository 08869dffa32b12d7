import type { Endpoint } from '../http/endpoint.ts';
import getUserInfo from './openid/get-user-info.ts';
import getServerKeys from './server/get-server-keys.ts';
import getVersion from './server/get-version.ts';
import { onBind } from './threepids/on-bind.ts';

/** The endpoints of the server-server API. */
export const endpoints: Endpoint[] = [getUserInfo, getServerKeys, getVersion, ...onBind];
