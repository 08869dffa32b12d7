import { MatrixError } from '../../spec/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../spec/json.ts';
import { applyPut, MAX_RULES, type StoredPushRule } from '../../spec/push-rules/index.ts';
import { getAccountData } from '../../storage/account-data/account-data.ts';
import { moveAliases } from '../../storage/rooms/room-aliases.ts';
import { movePublicListing } from '../../storage/rooms/room-flags.ts';
import type { Context } from '../context.ts';
import { loadPushRules } from '../push/push-rules.ts';
import { currentContent, findRoom, membershipOf, type Room } from './room-lookup.ts';

const MOST_TRIES = 3;

/**
 * Gives somebody who joins an upgraded room the personal settings of its predecessor: tags, the mark as a direct chat, and
 * push rules about the room (client-server API, room upgrades). Where the old room was upgraded at another server, what this
 * one calls it goes to the new one as well. Settings that can't be carried over are left behind.
 */
export async function transferUserState(ctx: Context, room: Room, userId: string): Promise<void> {
  const predecessor = (await currentContent(ctx, room.roomNid, 'm.room.create'))?.['predecessor'];
  const oldRoomId = isJsonObject(predecessor) ? predecessor['room_id'] : undefined;
  if (typeof oldRoomId !== 'string' || oldRoomId === room.roomId) return;
  const old = await findRoom(ctx, oldRoomId);
  if (!old || (await membershipOf(ctx, old.roomNid, userId)) === undefined) return;
  try {
    await takeOverNames(ctx, old, room);
    await copyTags(ctx, userId, old, room);
    await copyDirect(ctx, userId, old.roomId, room.roomId);
    await copyPushRules(ctx, userId, old.roomId, room.roomId);
  } catch (error) {
    ctx.log.warn(
      { err: error, userId, roomId: room.roomId },
      "a user's settings of an upgraded room were not carried over",
    );
  }
}

/** This server's aliases of the old room, and its place in the directory here, where the old room names its successor. */
async function takeOverNames(ctx: Context, old: Room, room: Room): Promise<void> {
  const tombstone = await currentContent(ctx, old.roomNid, 'm.room.tombstone');
  if (tombstone?.['replacement_room'] !== room.roomId) return;
  await moveAliases(ctx.db, old.roomNid, room.roomNid);
  await movePublicListing(ctx.db, old.roomNid, room.roomNid);
}

async function copyTags(ctx: Context, userId: string, old: Room, room: Room): Promise<void> {
  const json = await getAccountData(ctx.db, userId, old.roomNid, 'm.tag');
  const tags = json === undefined ? undefined : (JSON.parse(json) as JsonObject)['tags'];
  if (!isJsonObject(tags)) return;
  for (const [tag, content] of Object.entries(tags)) {
    if (isJsonObject(content)) await ctx.writers.accountData.setTag({ userId, roomId: room.roomId, tag, content });
  }
}

async function copyDirect(ctx: Context, userId: string, oldRoomId: string, roomId: string): Promise<void> {
  const json = await getAccountData(ctx.db, userId, null, 'm.direct');
  if (json === undefined) return;
  const content = JSON.parse(json) as JsonObject;
  let changed = false;
  for (const [other, roomIds] of Object.entries(content)) {
    if (!Array.isArray(roomIds) || !roomIds.includes(oldRoomId) || roomIds.includes(roomId)) continue;
    content[other] = [...roomIds, roomId];
    changed = true;
  }
  if (changed) await ctx.writers.accountData.set({ userId, roomId: null, type: 'm.direct', content });
}

async function copyPushRules(ctx: Context, userId: string, oldRoomId: string, roomId: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { rules, version } = await loadPushRules(ctx, userId);
    const changes = rulesForNewRoom(rules, oldRoomId, roomId);
    if (changes === rules) return;
    try {
      await ctx.writers.accountData.setPushRules({ userId, changes, version });
      return;
    } catch (error) {
      // Another device has changed them in between.
      if (!(error instanceof MatrixError && error.status === 409) || attempt === MOST_TRIES) throw error;
    }
  }
}

/** The rules with a copy of those about the old room that are about the new one; the same array when there are none. */
function rulesForNewRoom(rules: StoredPushRule[], oldRoomId: string, roomId: string): StoredPushRule[] {
  let result = rules;
  for (const rule of rules) {
    const ruleId = rule.ruleId === oldRoomId ? roomId : `${rule.ruleId}_${roomId}`;
    const isAboutRoom = rule.kind === 'room' ? rule.ruleId === oldRoomId : namesRoom(rule.conditions ?? [], oldRoomId);
    if (!isAboutRoom || rule.ruleId.startsWith('.')) continue;
    if (result.length >= MAX_RULES || result.some((r) => r.kind === rule.kind && r.ruleId === ruleId)) continue;
    const conditions = rule.conditions?.map((c) => (isRoomCondition(c, oldRoomId) ? { ...c, pattern: roomId } : c));
    const body = { actions: rule.actions ?? [], ...(conditions ? { conditions } : {}) };
    result = applyPut(result, rule.kind, ruleId, body);
    if (rule.enabled === false)
      result = result.map((r) => (r.kind === rule.kind && r.ruleId === ruleId ? { ...r, enabled: false } : r));
  }
  return result;
}

function namesRoom(conditions: object[], roomId: string): boolean {
  return conditions.some((condition) => isRoomCondition(condition, roomId));
}

function isRoomCondition(condition: object, roomId: string): boolean {
  const { kind, key, pattern } = condition as Record<string, JsonValue | undefined>;
  return kind === 'event_match' && key === 'room_id' && pattern === roomId;
}
