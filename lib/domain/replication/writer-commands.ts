import type { UnitName } from '../../routing/unit-names.ts';
import type { Writers } from '../../streams/writers.ts';

/** The unit that runs each writer. */
export const WRITER_UNIT = {
  events: 'event-persister',
  receipts: 'receipts',
  accountData: 'account-data',
  toDevice: 'to-device',
  typing: 'typing',
  presence: 'presence',
  outbound: 'federation-sender',
  mail: 'background',
} as const satisfies Record<keyof Writers, UnitName>;

/**
 * Which instance of its unit takes a command.
 *
 * - `any`: whichever; the database puts writes in order
 * - `owner`: the one that holds the unit's lease
 * - `room`: the one that holds the slot of the command's `roomId`
 * - `new-room`: whichever holds slots; it picks one for the room
 * - `any-room`: as `room` for a room that has a slot, else as `new-room`
 */
export type CommandRoute = 'any' | 'owner' | 'room' | 'new-room' | 'any-room';

/** Every command of every writer. A command that is missing here does not compile. */
export const WRITER_COMMANDS: { readonly [W in keyof Writers]: Readonly<Record<keyof Writers[W], CommandRoute>> } = {
  events: {
    send: 'room',
    sendAll: 'room',
    createRoom: 'new-room',
    receive: 'room',
    adopt: 'any-room',
    drainInbox: 'room',
    evict: 'room',
  },
  receipts: { set: 'any' },
  accountData: { set: 'any', setTag: 'any', setPushRules: 'any', setThreadSubscription: 'any' },
  toDevice: { send: 'any', deviceListChanged: 'any', signaturesChanged: 'any' },
  typing: { set: 'owner' },
  presence: { set: 'owner', receive: 'owner', touch: 'owner' },
  outbound: { fetch: 'any' },
  mail: { send: 'any' },
};

/** Writers by name, for code that treats all alike. */
export type AnyWriter = Record<string, (command: unknown, delivery?: unknown) => Promise<unknown>>;

/** The commands of a writer and where they go. */
export function commandsOf(writer: keyof Writers): [name: string, route: CommandRoute][] {
  return Object.entries(WRITER_COMMANDS[writer]);
}
