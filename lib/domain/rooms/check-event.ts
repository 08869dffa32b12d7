import { badJson, invalidParam, MatrixError } from '../../spec/errors.ts';
import { fitsIdLength, isUserId } from '../../spec/ids.ts';
import { isJsonObject, type JsonObject } from '../../spec/json.ts';
import { LEVEL_NAMES, parseLevel } from '../../spec/power-levels.ts';
import type { RoomVersion } from '../../spec/room-versions.ts';
import type { Room } from './room-lookup.ts';

/** What is checked of an event before its room's owner sees it. */
export interface EventDraft {
  type: string;
  stateKey?: string | undefined;
  content: JsonObject;
}

const MEMBERSHIPS = new Set(['join', 'invite', 'leave', 'ban', 'knock']);
const LONGEST_ANNOTATION = 500;

/**
 * Checks what a client wants to send, as far as the room's state doesn't matter: the owner of the room checks size,
 * canonical JSON and the auth rules.
 * @param room the room; absent while it is being made.
 * @throws MatrixError 400 M_INVALID_PARAM or M_BAD_JSON, 413 M_TOO_LARGE, with a sentence that names the field.
 */
export function checkEvent(draft: EventDraft, version: RoomVersion, room?: Pick<Room, 'roomId'>): void {
  const { type, stateKey, content } = draft;
  checkIdentifier('The event type', type);
  if (type === '') throw invalidParam('The event type must not be empty.');
  if (stateKey !== undefined) checkIdentifier('The state key', stateKey);
  switch (type) {
    case 'm.room.power_levels':
      if (stateKey !== undefined) checkPowerLevels(content, version);
      break;
    case 'm.room.tombstone':
      if (room && content['replacement_room'] === room.roomId) {
        throw invalidParam('replacement_room must not be the room itself.');
      }
      break;
    case 'm.room.member':
      if (stateKey !== undefined) checkMember(stateKey, content);
      break;
    case 'm.room.message':
      checkStrings(content, ['msgtype', 'body']);
      break;
    case 'm.room.name':
      checkStrings(content, ['name']);
      break;
    case 'm.room.topic':
      checkStrings(content, ['topic']);
      break;
  }
  checkAnnotation(content);
}

function checkIdentifier(what: string, value: string): void {
  if (value.includes('\0') || !value.isWellFormed())
    throw invalidParam(`${what} holds characters that are not allowed.`);
  if (!fitsIdLength(value)) throw new MatrixError(413, 'M_TOO_LARGE', `${what} is longer than 255 bytes.`);
}

function checkStrings(content: JsonObject, fields: string[]): void {
  for (const field of fields) {
    const value = content[field];
    // Null and absent unset a name or topic.
    if (value !== undefined && value !== null && typeof value !== 'string') throw badJson(`${field} must be a string.`);
  }
}

function checkMember(stateKey: string, content: JsonObject): void {
  if (!isUserId(stateKey)) throw invalidParam('The state key of a membership event must be a user id.');
  const { membership } = content;
  if (typeof membership !== 'string' || !MEMBERSHIPS.has(membership)) {
    throw badJson(`membership must be one of ${[...MEMBERSHIPS].join(', ')}.`);
  }
}

/**
 * Checks the form of power levels by the room version.
 * @throws MatrixError 400 M_BAD_JSON
 */
export function checkPowerLevels(content: JsonObject, version: RoomVersion): void {
  const kind = version.integerPowerLevels ? 'an integer' : 'an integer or a string of digits';
  for (const name of LEVEL_NAMES) {
    const value = content[name];
    if (value !== undefined && parseLevel(value, version) === undefined) throw badJson(`${name} must be ${kind}.`);
  }
  for (const map of ['users', 'events', 'notifications']) {
    const levels = content[map];
    if (levels === undefined) continue;
    if (!isJsonObject(levels)) throw badJson(`${map} must be an object.`);
    for (const [key, value] of Object.entries(levels)) {
      if (map === 'users' && !isUserId(key)) throw badJson(`users holds ${JSON.stringify(key)}, which is no user id.`);
      if (parseLevel(value, version) === undefined) throw badJson(`${map}.${key} must be ${kind}.`);
    }
  }
}

function checkAnnotation(content: JsonObject): void {
  const relatesTo = content['m.relates_to'];
  if (!isJsonObject(relatesTo) || relatesTo['rel_type'] !== 'm.annotation') return;
  const { key } = relatesTo;
  if (typeof key === 'string' && key.length > LONGEST_ANNOTATION) {
    throw invalidParam(`The key of an annotation may have at most ${LONGEST_ANNOTATION} characters.`);
  }
}
