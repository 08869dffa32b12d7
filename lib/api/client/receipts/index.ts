import type { Endpoint } from '../../http/endpoint.ts';
import sendReceipt from './send-receipt.ts';
import setReadMarkers from './set-read-markers.ts';

export const endpoints: Endpoint[] = [sendReceipt, setReadMarkers];
