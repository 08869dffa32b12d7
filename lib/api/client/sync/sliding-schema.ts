import { z } from 'zod';
import { RequiredState, type StateElement } from '../../../domain/sync/sliding/required-state.ts';
import type {
  ExtensionScope,
  ExtensionsRequest,
  RoomConfig,
  RoomList,
} from '../../../domain/sync/sliding/sliding-request.ts';
import { invalidParam } from '../../../spec/errors.ts';

const MOST_LISTS = 100;
const MOST_ROOMS = 2_000;
const MOST_STATE = 1_000;
const MOST_TIMELINE = 100;
const MOST_TO_DEVICE = 500;
const DEFAULT_TO_DEVICE = 100;
const DEFAULT_THREADS = 100;
const MEMBER = 'm.room.member';
const THREADS = 'io.element.msc4308.thread_subscriptions';

const whole = z.number().int().min(0);
const name = z
  .string()
  .max(255)
  .refine((text) => !text.includes('\0'), 'NUL is not allowed');
const names = z.array(name).max(MOST_ROOMS);
const range = z.tuple([whole, whole]);
const types = z.array(name.nullable()).max(MOST_LISTS);
const stateElement = z.looseObject({ type: name.optional(), state_key: name.optional() });
const stateList = z.array(stateElement).max(MOST_STATE);

const roomConfig = z.looseObject({
  timeline_limit: whole.default(0),
  // Pairs in the proposal's first form, which clients speak, or the object of its last.
  required_state: z
    .union([
      z.array(z.tuple([name, name])).max(MOST_STATE),
      z.looseObject({
        include: stateList.optional(),
        exclude: stateList.optional(),
        lazy_members: z.boolean().optional(),
      }),
    ])
    .default([]),
});

const filters = z.looseObject({
  is_dm: z.boolean().nullish(),
  spaces: names.nullish(),
  is_encrypted: z.boolean().nullish(),
  is_invite: z.boolean().nullish(),
  is_invited: z.boolean().nullish(),
  room_types: types.nullish(),
  not_room_types: types.nullish(),
  room_name_like: name.nullish(),
  tags: names.nullish(),
  not_tags: names.nullish(),
});

const list = roomConfig.extend({
  ranges: z.array(range).max(MOST_LISTS).nullish(),
  range: range.nullish(),
  slow_get_all_rooms: z.boolean().nullish(),
  filters: filters.nullish(),
});

const extension = z.looseObject({ enabled: z.boolean().nullish() });
const roomExtension = extension.extend({ lists: names.nullish(), rooms: names.nullish() });

/** The body of sliding sync (MSC4186), in the form that clients speak and in the proposal's last. */
export const slidingBody = z.looseObject({
  conn_id: name.refine((id) => !id.includes('\0'), 'cannot have U+0000').optional(),
  pos: z.string().optional(),
  timeout: whole.optional(),
  set_presence: z.string().optional(),
  lists: z
    .record(name, list)
    .refine((lists) => Object.keys(lists).length <= MOST_LISTS, `at most ${MOST_LISTS} lists are allowed`)
    .nullish(),
  room_subscriptions: z
    .record(name, roomConfig)
    .refine((rooms) => Object.keys(rooms).length <= MOST_ROOMS, `at most ${MOST_ROOMS} rooms are allowed`)
    .nullish(),
  extensions: z
    .looseObject({
      to_device: extension.extend({ since: z.string().nullish(), limit: whole.nullish() }).nullish(),
      e2ee: extension.nullish(),
      account_data: roomExtension.nullish(),
      receipts: roomExtension.nullish(),
      typing: roomExtension.nullish(),
      [THREADS]: extension.extend({ limit: whole.nullish() }).nullish(),
    })
    .nullish(),
});

type Body = z.output<typeof slidingBody>;

/**
 * The lists of a body as the domain takes them. `$ME` becomes the user.
 * @throws MatrixError 400 M_INVALID_PARAM for a range that ends before it starts.
 */
export function listsOf(body: Body, userId: string): Map<string, RoomList> {
  const lists = new Map<string, RoomList>();
  for (const [key, given] of Object.entries(body.lists ?? {})) {
    const asked = given.range ? [given.range] : given.ranges;
    const backwards = asked?.some(([first, last]) => last < first);
    if (backwards) throw invalidParam(`lists.${key}.ranges holds a range that ends before it starts.`);
    const wanted = given.filters ?? {};
    lists.set(key, {
      ...configOf(given, userId),
      ranges: given.slow_get_all_rooms ? undefined : (asked ?? undefined),
      filter: {
        isDm: wanted.is_dm ?? undefined,
        spaces: wanted.spaces ?? undefined,
        isEncrypted: wanted.is_encrypted ?? undefined,
        isInvite: wanted.is_invited ?? wanted.is_invite ?? undefined,
        roomTypes: wanted.room_types ?? undefined,
        notRoomTypes: wanted.not_room_types ?? undefined,
        nameLike: wanted.room_name_like ?? undefined,
        tags: wanted.tags ?? undefined,
        notTags: wanted.not_tags ?? undefined,
      },
    });
  }
  return lists;
}

/** The room subscriptions of a body, by room id. */
export function subscriptionsOf(body: Body, userId: string): Map<string, RoomConfig> {
  return new Map(Object.entries(body.room_subscriptions ?? {}).map(([id, config]) => [id, configOf(config, userId)]));
}

/**
 * The extensions of a body.
 * @throws MatrixError 400 M_INVALID_PARAM for a `since` of to-device messages that was never given.
 */
export function extensionsOf({ extensions }: Body): ExtensionsRequest {
  const { to_device: toDevice, e2ee, account_data: accountData, receipts, typing } = extensions ?? {};
  const threads = extensions?.[THREADS];
  const since = toDevice?.since;
  if (typeof since === 'string' && !/^\d{1,15}$/.test(since))
    throw invalidParam('extensions.to_device.since is not a token that this server has given.');
  const limit = Math.min(toDevice?.limit || DEFAULT_TO_DEVICE, MOST_TO_DEVICE);
  return {
    toDevice: toDevice?.enabled ? { since: typeof since === 'string' ? Number(since) : undefined, limit } : undefined,
    e2ee: e2ee?.enabled === true,
    accountData: scopeOf(accountData),
    receipts: scopeOf(receipts),
    typing: scopeOf(typing),
    threadSubscriptions: threads?.enabled
      ? { limit: Math.min(threads.limit || DEFAULT_THREADS, DEFAULT_THREADS) }
      : undefined,
  };
}

function scopeOf(given: z.output<typeof roomExtension> | null | undefined): ExtensionScope | undefined {
  return given?.enabled ? { lists: given.lists ?? undefined, rooms: given.rooms ?? undefined } : undefined;
}

function configOf(given: z.output<typeof roomConfig>, userId: string): RoomConfig {
  const timelineLimit = Math.min(given.timeline_limit, MOST_TIMELINE);
  const { required_state: required } = given;
  if (!Array.isArray(required)) {
    const elements = (some: z.output<typeof stateList> | undefined): StateElement[] =>
      (some ?? []).map(({ type, state_key: stateKey }) => ({ type, stateKey: stateKey === '$ME' ? userId : stateKey }));
    const lazy = required.lazy_members === true;
    return { timelineLimit, required: RequiredState.of(elements(required.include), elements(required.exclude), lazy) };
  }
  const include: StateElement[] = [];
  let lazy = false;
  for (const [type, key] of required) {
    if (key === '$LAZY') lazy ||= type === MEMBER;
    else
      include.push({
        type: type === '*' ? undefined : type,
        stateKey: key === '*' ? undefined : key === '$ME' ? userId : key,
      });
  }
  return { timelineLimit, required: RequiredState.of(include, [], lazy) };
}
