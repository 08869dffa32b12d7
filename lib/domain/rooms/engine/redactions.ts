import type { AuthEvent } from '../../../spec/auth-rules.ts';
import { serverNameOf } from '../../../spec/ids.ts';
import { PowerLevels } from '../../../spec/power-levels.ts';
import type { RoomVersion } from '../../../spec/room-versions.ts';
import type { EventRow } from '../../../storage/events/event-row.ts';
import type { HeldRedactionRow } from '../../../storage/events/known-events.ts';
import type { KnownEvent } from './known-events.ts';
import type { PlannedEvent } from './planned-event.ts';

/*
 * Redactions whose event and target come in any order (rooms v3, handling redactions). Room versions 1 and 2 decide on
 * the right to redact by an auth rule, later ones when both events are there.
 */

/** What a redaction does to its target. */
export interface RedactionEffect {
  redacts: string;
  /** The target, if it is there. */
  targetNid: number | undefined;
  /** It takes effect now. */
  applies: boolean;
  /** Its sender may redact events of anybody. */
  hasPower: boolean;
}

/** What a redaction does, by the state before it. */
export function effectOf(
  redacts: string,
  sender: string,
  version: RoomVersion,
  roomNid: number,
  target: KnownEvent | undefined,
  stateBefore: (type: string, stateKey: string) => AuthEvent | undefined,
): RedactionEffect {
  const levels = new PowerLevels(stateBefore('m.room.power_levels', ''), stateBefore('m.room.create', ''), version);
  const hasPower = version.redactionAuthRule || levels.userLevel(sender) >= levels.level('redact');
  if (!target) return { redacts, targetNid: undefined, applies: false, hasPower };
  const applies = target.roomNid === roomNid && mayRedact(sender, hasPower, target);
  return { redacts, targetNid: target.eventNid, applies, hasPower };
}

/** Whether a redaction is shown before its target is there: in versions 1 and 2, whose auth rules have decided. */
export function isWithheld(effect: RedactionEffect, version: RoomVersion): boolean {
  return !effect.applies && !(version.redactionAuthRule && effect.targetNid === undefined);
}

/** A redaction that waited, when its target comes. */
export interface HeldRedaction {
  redacts: string;
  byNid: number;
  byId: string;
  json: string;
  applies: boolean;
  /** The redaction itself, where it becomes visible now. */
  shown: PlannedEvent | undefined;
}

/**
 * Which of the redactions that wait for an event take effect.
 * @param rows their own rows, by numeric id, of those that were not shown yet
 */
export function releaseHeld(
  waiting: HeldRedactionRow[],
  target: { sender: string; roomNid: number; type: string },
  rows: ReadonlyMap<number, EventRow>,
): HeldRedaction[] {
  return waiting.map(({ redacts, byNid, byId, roomNid, sender, hasPower, withheld, json }) => {
    const applies = roomNid === target.roomNid && mayRedact(sender, hasPower, target);
    const row = withheld && applies ? rows.get(byNid) : undefined;
    const shown: PlannedEvent | undefined = row && {
      row: { ...row, flags: 0 },
      prevNids: null,
      authNids: [],
      placed: true,
      stored: true,
      push: [],
    };
    return { redacts, byNid, byId, json, applies, shown };
  });
}

function mayRedact(sender: string, hasPower: boolean, target: { sender: string; type: string }): boolean {
  if (target.type === 'm.room.create') return false;
  return hasPower || serverNameOf(sender) === serverNameOf(target.sender);
}
