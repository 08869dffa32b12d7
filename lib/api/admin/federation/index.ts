import type { Endpoint } from '../../http/endpoint.ts';
import getDestination from './get-destination.ts';
import getDestinationRooms from './get-destination-rooms.ts';
import listDestinations from './list-destinations.ts';
import resetConnection from './reset-connection.ts';

export const endpoints: Endpoint[] = [getDestination, getDestinationRooms, listDestinations, resetConnection];
