import { randomString } from '../../spec/ids.ts';
import type { JsonObject } from '../../spec/json.ts';
import type { OutboundEdu } from '../../storage/to-device/to-device.ts';

/** Most users in one EDU, so that a transaction stays small. */
const MOST_USERS = 100;

/**
 * Messages for devices of other servers' users as EDUs (server-server API, `m.direct_to_device`). Each has an id by which
 * the other server knows it again.
 * @param messages server name → user id → device id (or `*`) → content
 */
export function directToDeviceEdus(
  sender: string,
  type: string,
  messages: ReadonlyMap<string, Record<string, Record<string, JsonObject>>>,
): OutboundEdu[] {
  return [...messages].flatMap(([destination, byUser]) => {
    const users = Object.entries(byUser);
    const edus: OutboundEdu[] = [];
    for (let at = 0; at < users.length; at += MOST_USERS) {
      const some = Object.fromEntries(users.slice(at, at + MOST_USERS));
      const content = { sender, type, message_id: randomString(24), messages: some };
      edus.push({ destination, json: JSON.stringify({ edu_type: 'm.direct_to_device', content }) });
    }
    return edus;
  });
}
