import type { Endpoint } from '../../http/endpoint.ts';
import sendToDevice from './send-to-device.ts';

export const endpoints: Endpoint[] = [sendToDevice];
