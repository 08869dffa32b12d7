import type { Endpoint } from '../../http/endpoint.ts';
import uploadCrossSigningKeys from './upload-cross-signing-keys.ts';
import uploadSignatures from './upload-signatures.ts';

export const endpoints: Endpoint[] = [uploadCrossSigningKeys, uploadSignatures];
