import type { Membership } from '../../streams/replication/membership.ts';
import { NotMineError } from '../../streams/replication/not-mine.ts';
import type { CommandHandler } from '../../streams/replication/server.ts';
import type { Writers } from '../../streams/writers.ts';
import { type AnyWriter, commandsOf, WRITER_UNIT } from './writer-commands.ts';

/** The commands that this process takes for others, by `writer/command`. */
export function servedCommands(local: Partial<Writers>, membership: Membership): Map<string, CommandHandler> {
  const commands = new Map<string, CommandHandler>();
  for (const name of Object.keys(local) as (keyof Writers)[]) {
    const writer = local[name] as unknown as AnyWriter;
    const unit = WRITER_UNIT[name];
    for (const [command, route] of commandsOf(name)) {
      commands.set(`${name}/${command}`, async (body, delivery) => {
        if (route === 'owner') requireOwner(membership, unit);
        return writer[command]?.(body, delivery);
      });
    }
  }
  const { presence } = local;
  if (presence) {
    commands.set('presence/touchAll', async (body) => {
      requireOwner(membership, 'presence');
      for (const touch of body as Parameters<typeof presence.touch>[0][]) await presence.touch(touch);
    });
  }
  return commands;
}

/** @throws NotMineError unless this process holds the unit's lease */
export function requireOwner(membership: Membership, unit: (typeof WRITER_UNIT)[keyof Writers]): void {
  if (membership.group(unit)?.epochOf(0) === undefined) throw new NotMineError(unit, 0);
}
