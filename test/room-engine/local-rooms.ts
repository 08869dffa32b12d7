import type { JsonObject } from '../../lib/spec/json.ts';
import type { NewEvent } from '../../lib/streams/writers.ts';
import { ME, type TestEngine } from './engine-kit.ts';

/** The first events of a room of this server's user. */
export function firstEvents(version: string, more: NewEvent[] = []): NewEvent[] {
  const state = (type: string, stateKey: string, content: JsonObject): NewEvent => ({
    type,
    stateKey,
    sender: ME,
    content,
  });
  return [
    state('m.room.create', '', { room_version: version, creator: ME }),
    state('m.room.member', ME, { membership: 'join' }),
    state('m.room.power_levels', '', { users: version === '12' ? {} : { [ME]: 100 } }),
    state('m.room.join_rules', '', { join_rule: 'public' }),
    ...more,
  ];
}

/** Makes a room of this server's user. Returns its id. */
export async function localRoom({ events }: TestEngine, version = '12', more: NewEvent[] = []): Promise<string> {
  const { roomId } = await events.createRoom({
    ...(version === '12' ? {} : { roomId: `!${Math.random().toString(36).slice(2)}:localhost` }),
    roomVersion: version,
    creator: ME,
    isPublic: false,
    aliases: [],
    events: firstEvents(version, more),
  });
  return roomId;
}

/** A message of this server's user. */
export function message(body: string): NewEvent {
  return { type: 'm.room.message', sender: ME, content: { msgtype: 'm.text', body } };
}
