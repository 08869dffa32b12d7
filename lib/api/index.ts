import { resolve } from '../routing/resolve.ts';
import { FALLBACK_UNIT } from '../routing/unit-names.ts';
import { endpoints as adminAccounts } from './admin/accounts/index.ts';
import { endpoints as adminDevices } from './admin/devices/index.ts';
import { endpoints as adminFederation } from './admin/federation/index.ts';
import { endpoints as adminMedia } from './admin/media/index.ts';
import { endpoints as adminReports } from './admin/reports/index.ts';
import { endpoints as adminRooms } from './admin/rooms/index.ts';
import { endpoints as adminServer } from './admin/server/index.ts';
import { endpoints as adminTokens } from './admin/tokens/index.ts';
import { endpoints as adminUsers } from './admin/users/index.ts';
import { endpoints as client } from './client/index.ts';
import { endpoints as federation } from './federation/index.ts';
import type { Endpoint } from './http/endpoint.ts';
import { endpoints as keys } from './keys/index.ts';
import { endpoints as login } from './login/index.ts';
import { endpoints as media } from './media/index.ts';

/** Every endpoint that this code answers, whatever unit serves it. */
export const allEndpoints: readonly Endpoint[] = [
  ...client,
  ...federation,
  ...login,
  ...keys,
  ...media,
  ...adminAccounts,
  ...adminDevices,
  ...adminFederation,
  ...adminMedia,
  ...adminServer,
  ...adminReports,
  ...adminRooms,
  ...adminTokens,
  ...adminUsers,
];

/** The endpoints of some units; the routing table says which unit an endpoint belongs to. */
export function endpointsOfUnits(unitNames: readonly string[]): { endpoint: Endpoint; unit: string }[] {
  const wanted = new Set(unitNames);
  return allEndpoints.map((endpoint) => ({ endpoint, unit: unitOf(endpoint) })).filter(({ unit }) => wanted.has(unit));
}

const METHODS = ['GET', 'PUT', 'POST', 'DELETE'] as const;

/** One that no table lists goes where the other methods of its path go, as the gateway sends it. */
function unitOf({ method, path }: Endpoint): string {
  for (const one of [method, ...METHODS]) {
    const found = resolve(one, path);
    if (found) return found.unit;
  }
  return FALLBACK_UNIT;
}
