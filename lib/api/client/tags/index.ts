import type { Endpoint } from '../../http/endpoint.ts';
import deleteTag from './delete-tag.ts';
import getTags from './get-tags.ts';
import setTag from './set-tag.ts';

export const endpoints: Endpoint[] = [getTags, setTag, deleteTag];
