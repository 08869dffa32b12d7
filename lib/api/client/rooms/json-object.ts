import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../../../spec/json.ts';

/** Schema of a body or member that may be any JSON object. The object is passed on, not copied. */
export const jsonObject = z.custom<JsonObject>(isJsonObject, 'an object was expected');
