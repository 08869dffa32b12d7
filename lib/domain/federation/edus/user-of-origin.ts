import { isUserId, serverNameOf } from '../../../spec/ids.ts';
import type { JsonValue } from '../../../spec/json.ts';

/** A user id, if it is of the server that speaks. */
export function userOfOrigin(origin: string, value: JsonValue | undefined): string | undefined {
  return isUserId(value) && serverNameOf(value) === origin ? value : undefined;
}
