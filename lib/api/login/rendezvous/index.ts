import type { Endpoint } from '../../http/endpoint.ts';
import createRendezvous from './create-rendezvous.ts';
import createRendezvous2024 from './create-rendezvous-2024.ts';
import deleteRendezvous from './delete-rendezvous.ts';
import deleteRendezvous2024 from './delete-rendezvous-2024.ts';
import discoverRendezvous from './discover-rendezvous.ts';
import getRendezvous from './get-rendezvous.ts';
import getRendezvous2024 from './get-rendezvous-2024.ts';
import updateRendezvous from './update-rendezvous.ts';
import updateRendezvous2024 from './update-rendezvous-2024.ts';

export const endpoints: Endpoint[] = [
  createRendezvous2024,
  getRendezvous2024,
  updateRendezvous2024,
  deleteRendezvous2024,
  discoverRendezvous,
  createRendezvous,
  getRendezvous,
  updateRendezvous,
  deleteRendezvous,
];
