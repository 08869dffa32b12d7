import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  AuthError,
  type AuthEvent,
  authEventKeysFor,
  checkAuth,
  checkAuthEvents,
  isAuthorised,
} from '../../lib/spec/auth-rules.ts';
import type { JsonObject } from '../../lib/spec/json.ts';
import { getRoomVersion, type RoomVersion } from '../../lib/spec/room-versions.ts';
import { ALICE, BOB, CAROL, DAVE, GOOD_KEY, signedInvite } from './auth-rules-generator.ts';

type Content = Record<string, unknown>;
interface Room {
  create: Content | null;
  power: Content | null;
  joinRule: string | null;
  /** Membership of each user. */
  members: Record<string, string>;
  thirdParty?: Content;
}
interface Row {
  title: string;
  room?: Partial<Room>;
  event: { type?: string; key?: string | null; from?: string; content?: Content } & Omit<Partial<AuthEvent>, 'content'>;
  /** By range of versions: `ok`, or the number of the rule that refuses. */
  want: Record<string, string>;
}

const POWER = { users: { [ALICE]: 100, [BOB]: 50 }, events: { 'm.room.topic': 30 } };
const DEFAULT_ROOM: Room = {
  create: {},
  power: POWER,
  joinRule: 'invite',
  members: { [ALICE]: 'join', [BOB]: 'join', [CAROL]: 'join' },
};

const ANY = '1-12';
/** One number for each of the four ways in which the pages count: versions 1-5, 6-7, 8-11, 12. */
function counted(a: string, b: string, c: string, d: string): Record<string, string> {
  return { '1-5': a, '6-7': b, '8-11': c, '12': d };
}
const member = (membership: unknown, more: Content = {}): Content => ({ membership, ...more });
const own = (who: string, membership: string, more: Content = {}): Row['event'] => ({
  type: 'm.room.member',
  key: who,
  from: who,
  content: member(membership, more),
});
const towards = (from: string, who: string, membership: string, more: Content = {}): Row['event'] => ({
  ...own(who, membership, more),
  from,
});
const power = (from: string, content: Content): Row['event'] => ({
  type: 'm.room.power_levels',
  key: '',
  from,
  content,
});
/** The power levels that stand, for users of the room whose creators have none in version 12. */
const without = (content: Content, ...users: string[]): Content => ({
  ...content,
  users: Object.fromEntries(Object.entries(content['users'] as Content).filter(([user]) => !users.includes(user))),
});
const P12 = without(POWER, ALICE);

const ROWS: Row[] = [
  // ------------------------------------------------------------------ m.room.create
  { title: 'a create event', event: { type: 'm.room.create', key: '' }, want: { [ANY]: 'ok' } },
  {
    title: 'a create event with a previous event',
    event: { type: 'm.room.create', key: '', prev_events: ['$x'] },
    want: { [ANY]: '1.1' },
  },
  {
    title: 'a create event for a room of another server',
    event: { type: 'm.room.create', key: '', room_id: '!r:b.test' },
    want: { [ANY]: '1.2' },
  },
  {
    title: 'a create event of an unknown version',
    event: { type: 'm.room.create', key: '', content: { creator: ALICE, room_version: 'org.nowhere' } },
    want: { [ANY]: '1.3' },
  },
  {
    title: 'a create event whose version is a number',
    event: { type: 'm.room.create', key: '', content: { creator: ALICE, room_version: 1 } },
    want: { [ANY]: '1.3' },
  },
  {
    title: 'a create event without creator',
    event: { type: 'm.room.create', key: '', content: {} },
    want: { '1-10': '1.4', '11-12': 'ok' },
  },
  {
    title: 'additional creators that are no list',
    event: { type: 'm.room.create', key: '', content: { creator: ALICE, additional_creators: BOB } },
    want: { '1-11': 'ok', '12': '1.4' },
  },
  {
    title: 'an additional creator that is no user id',
    event: { type: 'm.room.create', key: '', content: { creator: ALICE, additional_creators: [BOB, 'bob'] } },
    want: { '1-11': 'ok', '12': '1.4' },
  },
  {
    title: 'additional creators',
    event: { type: 'm.room.create', key: '', content: { creator: ALICE, additional_creators: [BOB, CAROL] } },
    want: { [ANY]: 'ok' },
  },
  // ------------------------------------------------------------------ the room
  {
    title: 'an event in a room without create event',
    room: { create: null },
    event: {},
    want: { '1-11': '2.4', '12': '2' },
  },
  { title: 'an event of another room', event: { room_id: '!other:a.test' }, want: { '1-11': '2.5', '12': '2' } },
  {
    title: 'a user of another server in a room that is not federated',
    room: { create: { 'm.federate': false } },
    event: { from: CAROL },
    want: { '1-11': '3', '12': '4' },
  },
  {
    title: 'a user of the same server in a room that is not federated',
    room: { create: { 'm.federate': false } },
    event: { from: BOB },
    want: { [ANY]: 'ok' },
  },
  // ------------------------------------------------------------------ m.room.aliases
  {
    title: 'aliases without state key',
    event: { type: 'm.room.aliases', from: DAVE, key: null },
    want: { '1-5': '4.1', '6-11': '5', '12': '6' },
  },
  {
    title: "aliases for the sender's server by somebody outside",
    event: { type: 'm.room.aliases', from: DAVE, key: 'b.test' },
    want: { '1-5': 'ok', '6-11': '5', '12': '6' },
  },
  {
    title: 'aliases for another server',
    event: { type: 'm.room.aliases', from: ALICE, key: 'b.test' },
    want: { '1-5': '4.2', '6-12': 'ok' },
  },
  // ------------------------------------------------------------------ membership: form
  {
    title: 'a membership without state key',
    event: { type: 'm.room.member', key: null, content: member('join') },
    want: counted('5.1', '4.1', '4.1', '5.1'),
  },
  {
    title: 'a member event without membership',
    event: { type: 'm.room.member', key: ALICE, content: {} },
    want: counted('5.1', '4.1', '4.1', '5.1'),
  },
  {
    title: 'an unknown membership',
    event: own(ALICE, 'dance'),
    want: { '1-5': '5.6', '6': '4.6', '7': '4.7', '8-11': '4.8', '12': '5.8' },
  },
  // ------------------------------------------------------------------ join
  {
    title: 'the first join by the creator',
    room: { members: {}, power: null, joinRule: null },
    event: { ...own(ALICE, 'join'), prev_events: ['$create'] },
    want: { [ANY]: 'ok' },
  },
  {
    title: 'the first join by somebody else',
    room: { members: {}, power: null, joinRule: null },
    event: { ...own(BOB, 'join'), prev_events: ['$create'] },
    want: counted('5.2.6', '4.2.6', '4.3.7', '5.3.7'),
  },
  {
    title: "the creator's join after another event",
    room: { members: {}, power: null, joinRule: null },
    event: own(ALICE, 'join'),
    want: counted('5.2.6', '4.2.6', '4.3.7', '5.3.7'),
  },
  {
    title: 'a join in the name of another',
    room: { joinRule: 'public' },
    event: towards(ALICE, DAVE, 'join'),
    want: counted('5.2.2', '4.2.2', '4.3.2', '5.3.2'),
  },
  {
    title: 'a join by somebody who is banned',
    room: { joinRule: 'public', members: { [DAVE]: 'ban' } },
    event: own(DAVE, 'join'),
    want: counted('5.2.3', '4.2.3', '4.3.3', '5.3.3'),
  },
  { title: 'a join to a public room', room: { joinRule: 'public' }, event: own(DAVE, 'join'), want: { [ANY]: 'ok' } },
  {
    title: 'a join with an invite',
    room: { members: { [DAVE]: 'invite' } },
    event: own(DAVE, 'join'),
    want: { [ANY]: 'ok' },
  },
  { title: 'a join by a member (a new name)', event: own(CAROL, 'join'), want: { [ANY]: 'ok' } },
  { title: 'a join without invite', event: own(DAVE, 'join'), want: counted('5.2.6', '4.2.6', '4.3.7', '5.3.7') },
  {
    title: 'a join without invite where no join rule stands',
    room: { joinRule: null },
    event: own(DAVE, 'join'),
    want: counted('5.2.6', '4.2.6', '4.3.7', '5.3.7'),
  },
  {
    title: 'a join with an invite where one may knock',
    room: { joinRule: 'knock', members: { [DAVE]: 'invite' } },
    event: own(DAVE, 'join'),
    want: { '1-5': '5.2.6', '6': '4.2.6', '7-12': 'ok' },
  },
  {
    title: 'a join from a knock',
    room: { joinRule: 'knock', members: { [DAVE]: 'knock' } },
    event: own(DAVE, 'join'),
    want: counted('5.2.6', '4.2.6', '4.3.7', '5.3.7'),
  },
  {
    title: 'a join with an invite under a join rule that nobody knows',
    room: { joinRule: 'private', members: { [DAVE]: 'invite' } },
    event: own(DAVE, 'join'),
    want: counted('5.2.6', '4.2.6', '4.3.7', '5.3.7'),
  },
  // ------------------------------------------------------------------ restricted join
  {
    title: 'a restricted join with an invite',
    room: { joinRule: 'restricted', members: { [DAVE]: 'invite' } },
    event: own(DAVE, 'join'),
    want: { '1-5': '5.2.6', '6-7': '4.2.6', '8-12': 'ok' },
  },
  {
    title: 'a restricted join that nobody vouches for',
    room: { joinRule: 'restricted' },
    event: own(DAVE, 'join'),
    want: counted('5.2.6', '4.2.6', '4.3.5.2', '5.3.5.2'),
  },
  {
    title: 'a restricted join that a member vouches for',
    room: { joinRule: 'restricted' },
    event: own(DAVE, 'join', { join_authorised_via_users_server: ALICE }),
    want: { '1-5': '5.2.6', '6-7': '4.2.6', '8-12': 'ok' },
  },
  {
    title: 'a restricted join that one without the right to invite vouches for',
    room: { joinRule: 'restricted', power: { ...POWER, invite: 60 } },
    event: own(DAVE, 'join', { join_authorised_via_users_server: BOB }),
    want: counted('5.2.6', '4.2.6', '4.3.5.2', '5.3.5.2'),
  },
  {
    title: 'a restricted join that one who left vouches for',
    room: { joinRule: 'restricted', members: { [BOB]: 'leave' } },
    event: own(DAVE, 'join', { join_authorised_via_users_server: BOB }),
    want: counted('5.2.6', '4.2.6', '4.3.5.2', '5.3.5.2'),
  },
  {
    title: 'a vouching server that has not signed',
    room: { joinRule: 'public' },
    event: own(DAVE, 'join', { join_authorised_via_users_server: CAROL }),
    want: { '1-7': 'ok', '8-11': '4.2.1', '12': '5.2.1' },
  },
  {
    title: 'a vouching user that is no user id',
    event: own(CAROL, 'leave', { join_authorised_via_users_server: 'a.test' }),
    want: { '1-7': 'ok', '8-11': '4.2.1', '12': '5.2.1' },
  },
  {
    title: 'a join under knock_restricted that a member vouches for',
    room: { joinRule: 'knock_restricted' },
    event: own(DAVE, 'join', { join_authorised_via_users_server: ALICE }),
    want: { '1-5': '5.2.6', '6-7': '4.2.6', '8-9': '4.3.7', '10-12': 'ok' },
  },
  // ------------------------------------------------------------------ invite
  { title: 'an invite', event: towards(BOB, DAVE, 'invite'), want: { [ANY]: 'ok' } },
  {
    title: 'an invite by somebody outside',
    event: towards(DAVE, '@eve:b.test', 'invite'),
    want: counted('5.3.2', '4.3.2', '4.4.2', '5.4.2'),
  },
  {
    title: 'an invite of a member',
    event: towards(BOB, CAROL, 'invite'),
    want: counted('5.3.3', '4.3.3', '4.4.3', '5.4.3'),
  },
  {
    title: 'an invite of somebody banned',
    room: { members: { [DAVE]: 'ban' } },
    event: towards(ALICE, DAVE, 'invite'),
    want: counted('5.3.3', '4.3.3', '4.4.3', '5.4.3'),
  },
  {
    title: 'an invite below the invite level',
    room: { power: { ...POWER, invite: 51 } },
    event: towards(BOB, DAVE, 'invite'),
    want: counted('5.3.5', '4.3.5', '4.4.5', '5.4.5'),
  },
  {
    title: 'an invite in answer to a knock',
    room: { joinRule: 'knock', members: { [DAVE]: 'knock' } },
    event: towards(BOB, DAVE, 'invite'),
    want: { [ANY]: 'ok' },
  },
  // ------------------------------------------------------------------ third party invite
  ...thirdPartyRows(),
  // ------------------------------------------------------------------ leave
  { title: 'leaving', event: own(CAROL, 'leave'), want: { [ANY]: 'ok' } },
  {
    title: 'refusing an invite',
    room: { members: { [DAVE]: 'invite' } },
    event: own(DAVE, 'leave'),
    want: { [ANY]: 'ok' },
  },
  {
    title: 'taking back a knock',
    room: { members: { [DAVE]: 'knock' } },
    event: own(DAVE, 'leave'),
    want: { '1-5': '5.4.1', '6': '4.4.1', '7-12': 'ok' },
  },
  { title: 'leaving twice', event: own(DAVE, 'leave'), want: counted('5.4.1', '4.4.1', '4.5.1', '5.5.1') },
  {
    title: 'lifting the own ban',
    room: { members: { [DAVE]: 'ban' } },
    event: own(DAVE, 'leave'),
    want: counted('5.4.1', '4.4.1', '4.5.1', '5.5.1'),
  },
  { title: 'a kick', event: towards(BOB, CAROL, 'leave'), want: { [ANY]: 'ok' } },
  {
    title: 'a kick by somebody outside',
    room: { members: { [BOB]: 'leave' } },
    event: towards(BOB, CAROL, 'leave'),
    want: counted('5.4.2', '4.4.2', '4.5.2', '5.5.2'),
  },
  {
    title: 'a kick of one with the same level',
    room: { power: { users: { [ALICE]: 100, [BOB]: 50, [CAROL]: 50 } } },
    event: towards(BOB, CAROL, 'leave'),
    want: counted('5.4.5', '4.4.5', '4.5.5', '5.5.5'),
  },
  { title: 'a kick upwards', event: towards(BOB, ALICE, 'leave'), want: counted('5.4.5', '4.4.5', '4.5.5', '5.5.5') },
  {
    title: 'a kick below the kick level',
    room: { power: { ...POWER, kick: 60 } },
    event: towards(BOB, CAROL, 'leave'),
    want: counted('5.4.5', '4.4.5', '4.5.5', '5.5.5'),
  },
  {
    title: 'lifting a ban',
    room: { members: { [CAROL]: 'ban' } },
    event: towards(BOB, CAROL, 'leave'),
    want: { [ANY]: 'ok' },
  },
  {
    title: 'lifting a ban below the ban level',
    room: { members: { [CAROL]: 'ban' }, power: { ...POWER, ban: 60 } },
    event: towards(BOB, CAROL, 'leave'),
    want: counted('5.4.3', '4.4.3', '4.5.3', '5.5.3'),
  },
  // ------------------------------------------------------------------ ban
  { title: 'a ban', event: towards(BOB, CAROL, 'ban'), want: { [ANY]: 'ok' } },
  { title: 'a ban of somebody outside', event: towards(BOB, DAVE, 'ban'), want: { [ANY]: 'ok' } },
  {
    title: 'a ban by somebody outside',
    event: towards(DAVE, CAROL, 'ban'),
    want: counted('5.5.1', '4.5.1', '4.6.1', '5.6.1'),
  },
  { title: 'a ban upwards', event: towards(BOB, ALICE, 'ban'), want: counted('5.5.3', '4.5.3', '4.6.3', '5.6.3') },
  {
    title: 'a ban below the ban level',
    room: { power: { ...POWER, ban: 51 } },
    event: towards(BOB, CAROL, 'ban'),
    want: counted('5.5.3', '4.5.3', '4.6.3', '5.6.3'),
  },
  // ------------------------------------------------------------------ knock
  {
    title: 'a knock',
    room: { joinRule: 'knock' },
    event: own(DAVE, 'knock'),
    want: { '1-5': '5.6', '6': '4.6', '7-12': 'ok' },
  },
  {
    title: 'a knock under knock_restricted',
    room: { joinRule: 'knock_restricted' },
    event: own(DAVE, 'knock'),
    want: { '1-5': '5.6', '6': '4.6', '7': '4.6.1', '8-9': '4.7.1', '10-12': 'ok' },
  },
  {
    title: 'a knock where one has to be invited',
    event: own(DAVE, 'knock'),
    want: { '1-5': '5.6', '6': '4.6', '7': '4.6.1', '8-11': '4.7.1', '12': '5.7.1' },
  },
  {
    title: 'a knock in the name of another',
    room: { joinRule: 'knock' },
    event: towards(ALICE, DAVE, 'knock'),
    want: { '1-5': '5.6', '6': '4.6', '7': '4.6.2', '8-11': '4.7.2', '12': '5.7.2' },
  },
  ...['ban', 'invite', 'join'].map((membership) => ({
    title: `a knock with membership ${membership}`,
    room: { joinRule: 'knock', members: { [DAVE]: membership } },
    event: own(DAVE, 'knock'),
    want: { '1-5': '5.6', '6': '4.6', '7': '4.6.4', '8-11': '4.7.4', '12': '5.7.4' },
  })),
  // ------------------------------------------------------------------ other events
  { title: 'a message', event: { from: CAROL }, want: { [ANY]: 'ok' } },
  {
    title: 'a message from outside',
    event: { from: DAVE },
    want: { '1-5': '6', '6-11': '5', '12': '6' },
  },
  {
    title: 'a message by somebody invited',
    room: { members: { [DAVE]: 'invite' } },
    event: { from: DAVE },
    want: { '1-5': '6', '6-11': '5', '12': '6' },
  },
  {
    title: 'a third party invite event',
    event: { type: 'm.room.third_party_invite', key: 'tok', from: CAROL },
    want: { [ANY]: 'ok' },
  },
  {
    title: 'a third party invite event below the invite level',
    room: { power: { ...POWER, invite: 60 } },
    event: { type: 'm.room.third_party_invite', key: 'tok', from: BOB },
    want: { '1-5': '7.1', '6-11': '6.1', '12': '7.1' },
  },
  {
    title: 'a state event below state_default',
    event: { type: 'm.room.name', key: '', from: CAROL },
    want: { '1-5': '8', '6-11': '7', '12': '8' },
  },
  {
    title: 'a state event with a level of its own',
    room: { power: { ...POWER, users: { [ALICE]: 100, [CAROL]: 30 } } },
    event: { type: 'm.room.topic', key: '', from: CAROL },
    want: { [ANY]: 'ok' },
  },
  {
    title: 'a message below events_default',
    room: { power: { ...POWER, events_default: 60 } },
    event: { from: BOB },
    want: { '1-5': '8', '6-11': '7', '12': '8' },
  },
  {
    title: 'a state event in a room without power levels, by the creator',
    room: { power: null },
    event: { type: 'm.room.name', key: '', from: ALICE },
    want: { [ANY]: 'ok' },
  },
  {
    title: 'a state event in a room without power levels, by another',
    room: { power: null },
    event: { type: 'm.room.name', key: '', from: BOB },
    want: { '1-5': '8', '6-11': '7', '12': '8' },
  },
  {
    title: 'a state key that is the sender',
    event: { type: 'org.test.state', key: BOB, from: BOB },
    want: { [ANY]: 'ok' },
  },
  {
    title: 'a state key that is another user',
    event: { type: 'org.test.state', key: ALICE, from: BOB },
    want: { '1-5': '9', '6-11': '8', '12': '9' },
  },
  // ------------------------------------------------------------------ power levels: form
  ...powerRows(),
  // ------------------------------------------------------------------ redaction
  {
    title: 'a redaction with the redact level',
    event: { type: 'm.room.redaction', from: BOB, redacts: '$t:b.test' },
    want: { [ANY]: 'ok' },
  },
  {
    title: 'a redaction of an event of the own server',
    event: { type: 'm.room.redaction', from: CAROL, redacts: '$t:b.test', eventId: '$event:b.test' },
    want: { [ANY]: 'ok' },
  },
  {
    title: 'a redaction of an event of another server',
    event: { type: 'm.room.redaction', from: CAROL, redacts: '$t:a.test', eventId: '$event:b.test' },
    want: { '1-2': '11.3', '3-12': 'ok' },
  },
  {
    title: 'a redaction of nothing',
    event: { type: 'm.room.redaction', from: CAROL },
    want: { '1-2': '11.3', '3-12': 'ok' },
  },
];

function thirdPartyRows(): Row[] {
  const room: Partial<Room> = { thirdParty: { public_key: GOOD_KEY } };
  const rows: Array<[title: string, place: string, invite: unknown, room?: Partial<Room>, from?: string]> = [
    ['a third party invite', 'ok', { signed: signedInvite(DAVE, 'tok') }],
    [
      'a third party invite by a key of public_keys',
      'ok',
      { signed: signedInvite(DAVE, 'tok') },
      { thirdParty: { public_key: 'AAAA', public_keys: [{ public_key: 'x' }, { public_key: GOOD_KEY }] } },
    ],
    [
      'a third party invite by one who left',
      'ok',
      { signed: signedInvite(DAVE, 'tok') },
      { members: { [BOB]: 'leave' } },
    ],
    [
      'a third party invite of somebody banned',
      '1.1',
      { signed: signedInvite(DAVE, 'tok') },
      { members: { [DAVE]: 'ban' } },
    ],
    ['a third party invite without signed', '1.2', { display_name: 'x' }],
    ['a third party invite that is a string', '1.2', 'x'],
    ['a third party invite without token', '1.3', { signed: { mxid: DAVE } }],
    ['a third party invite without mxid', '1.3', { signed: { token: 'tok' } }],
    ['a third party invite of somebody else', '1.4', { signed: signedInvite(CAROL, 'tok') }],
    ['a third party invite with an unknown token', '1.5', { signed: signedInvite(DAVE, 'other') }],
    ['a third party invite by another sender', '1.6', { signed: signedInvite(DAVE, 'tok') }, {}, ALICE],
    ['a third party invite with a wrong signature', '1.8', { signed: signedInvite(DAVE, 'tok', false) }],
    ['a third party invite without signatures', '1.8', { signed: { mxid: DAVE, token: 'tok' } }],
    ['a third party invite in a room without keys', '1.8', { signed: signedInvite(DAVE, 'tok') }, { thirdParty: {} }],
  ];
  return rows.map(([title, place, invite, more = {}, from = BOB]) => ({
    title,
    room: { ...room, ...more },
    event: towards(from, DAVE, 'invite', { third_party_invite: invite }),
    want: place === 'ok' ? { [ANY]: 'ok' } : counted(`5.3.${place}`, `4.3.${place}`, `4.4.${place}`, `5.4.${place}`),
  }));
}

function powerRows(): Row[] {
  /** Standing levels in which Bob may change power levels. */
  const standing = {
    users: { [BOB]: 50, [CAROL]: 50, [DAVE]: 60 },
    events: { 'm.room.power_levels': 50, 'm.room.topic': 60, 'm.room.name': 40 },
    notifications: { room: 60 },
    ban: 60,
    kick: 40,
  };
  const at = (a: string, b: string, c: string, d: string): Record<string, string> => ({
    '1-5': `10.${a}`,
    '6-9': `9.${b}`,
    '10-11': `9.${c}`,
    '12': `10.${d}`,
  });
  const users = (changes: Content): Content => ({ ...standing, users: { ...standing.users, ...changes } });
  const events = (changes: Content): Content => ({ ...standing, events: { ...standing.events, ...changes } });
  const forms: Array<[title: string, content: Content, want: Record<string, string>]> = [
    ['a level that is a word', { ...P12, ban: 'often' }, at('1', '1', '1', '1')],
    ['a level that is null', { ...P12, kick: null }, at('1', '1', '1', '1')],
    ['a level that is a string of digits', { ...P12, ban: ' +50 ' }, { '1-9': 'ok', '10-11': '9.1', '12': '10.1' }],
    ['a level that is a float', { ...P12, ban: 50.5 }, { '1-5': 'ok', '6-11': '9.1', '12': '10.1' }],
    ['events that is an array', { ...P12, events: [] }, at('1', '1', '2', '2')],
    ['events with a string', { ...P12, events: { x: '5' } }, { '1-9': 'ok', '10-11': '9.2', '12': '10.2' }],
    [
      'notifications with a word',
      { ...P12, notifications: { room: 'x' } },
      { '1-5': 'ok', '6-9': '9.1', '10-11': '9.2', '12': '10.2' },
    ],
    ['users that is a string', { ...P12, users: 'x' }, at('1', '1', '3', '3')],
    ['users with something that is no user id', { ...P12, users: { bob: 5 } }, at('1', '1', '3', '3')],
    [
      'users with a string of digits',
      { ...P12, users: { [BOB]: '50' } },
      { '1-9': 'ok', '10-11': '9.3', '12': '10.3' },
    ],
    ['users with a word', { ...P12, users: { [BOB]: 'x' } }, at('1', '1', '3', '3')],
    ['power levels without users', {}, { [ANY]: 'ok' }],
    ['power levels with the creator in users', POWER, { '1-11': 'ok', '12': '10.4' }],
  ];
  const changes: Array<[title: string, content: Content, want: Record<string, string>]> = [
    ['no change', standing, { [ANY]: 'ok' }],
    ['removing a level above the own', { ...standing, ban: undefined }, at('3.1', '3.1', '5.1', '6.1')],
    ['lowering a level above the own', { ...standing, ban: 10 }, at('3.1', '3.1', '5.1', '6.1')],
    ['raising a level above the own', { ...standing, kick: 51 }, at('3.2', '3.2', '5.2', '6.2')],
    ['adding a level above the own', { ...standing, invite: 51 }, at('3.2', '3.2', '5.2', '6.2')],
    ['raising a level to the own', { ...standing, kick: 50 }, { [ANY]: 'ok' }],
    ['adding a level below its default', { ...standing, redact: 10 }, { [ANY]: 'ok' }],
    ['lowering an event level above the own', events({ 'm.room.topic': 0 }), at('4.1', '4.1', '6.1', '7.1')],
    ['removing all event levels', { ...standing, events: {} }, at('4.1', '4.1', '6.1', '7.1')],
    ['adding an event level above the own', events({ 'm.room.avatar': 51 }), at('5.1', '5.1', '7.1', '8.1')],
    ['raising an event level above the own', events({ 'm.room.name': 51 }), at('5.1', '5.1', '7.1', '8.1')],
    ['changing an event level up to the own', events({ 'm.room.name': 50 }), { [ANY]: 'ok' }],
    [
      'lowering a notification level above the own',
      { ...standing, notifications: { room: 0 } },
      { '1-5': 'ok', '6-9': '9.4.1', '10-11': '9.6.1', '12': '10.7.1' },
    ],
    [
      'adding a notification level above the own',
      { ...standing, notifications: { room: 60, 'org.test': 51 } },
      { '1-5': 'ok', '6-9': '9.5.1', '10-11': '9.7.1', '12': '10.8.1' },
    ],
    ['lowering a user of the same level', users({ [CAROL]: 0 }), at('6.1', '6.1', '8.1', '9.1')],
    ['lowering a user of a higher level', users({ [DAVE]: 0 }), at('6.1', '6.1', '8.1', '9.1')],
    ['lowering oneself', users({ [BOB]: 10 }), { [ANY]: 'ok' }],
    ['raising oneself', users({ [BOB]: 51 }), at('7.1', '7.1', '9.1', '10.1')],
    ['raising another above oneself', users({ '@eve:b.test': 51 }), at('7.1', '7.1', '9.1', '10.1')],
    ['raising another to the own level', users({ '@eve:b.test': 50 }), { [ANY]: 'ok' }],
  ];
  const clean = (content: Content): Content => JSON.parse(JSON.stringify(content)) as Content;
  return [
    ...forms.map(
      ([title, content, want]): Row => ({ title, room: { power: null }, event: power(ALICE, content), want }),
    ),
    ...changes.map(
      ([title, content, want]): Row => ({ title, room: { power: standing }, event: power(BOB, clean(content)), want }),
    ),
  ];
}

// ---------------------------------------------------------------------------------------------------------------------

function stateOf(room: Room, version: RoomVersion): AuthEvent[] {
  const roomId = version.roomIdIsHash ? '!create' : '!r:a.test';
  const entry = (type: string, stateKey: string, sender: string, content: Content): AuthEvent => ({
    eventId: `$${type}${stateKey}`,
    room_id: roomId,
    type,
    state_key: stateKey,
    sender,
    content: content as JsonObject,
  });
  const state: AuthEvent[] = [];
  if (room.create !== null) {
    const { room_id, ...create } = entry('m.room.create', '', ALICE, {
      ...(version.creatorIsSender ? {} : { creator: ALICE }),
      ...room.create,
    });
    state.push({ ...create, eventId: '$create', ...(version.roomIdIsHash ? {} : { room_id }) });
  }
  if (room.power !== null) state.push(entry('m.room.power_levels', '', ALICE, room.power));
  if (room.joinRule !== null) state.push(entry('m.room.join_rules', '', ALICE, { join_rule: room.joinRule }));
  for (const [user, membership] of Object.entries(room.members)) {
    state.push(entry('m.room.member', user, user, { membership }));
  }
  if (room.thirdParty !== undefined) state.push(entry('m.room.third_party_invite', 'tok', BOB, room.thirdParty));
  return state;
}

function eventOf(row: Row, version: RoomVersion): AuthEvent {
  const { type = 'm.room.message', key, from = ALICE, content, ...more } = row.event;
  const isCreate = type === 'm.room.create';
  const event: AuthEvent = {
    eventId: '$event:a.test',
    type,
    sender: from,
    content: (content ?? (isCreate ? { creator: from } : {})) as JsonObject,
    ...(isCreate && version.roomIdIsHash ? {} : { room_id: version.roomIdIsHash ? '!create' : '!r:a.test' }),
    ...more,
  };
  const previous = (more.prev_events as string[] | undefined) ?? (isCreate ? [] : ['$x']);
  event.prev_events =
    version.eventFormat === 'ids' ? previous : previous.map((id): [string, { sha256: string }] => [id, { sha256: '' }]);
  if (typeof key === 'string') event.state_key = key;
  return event;
}

function wanted(row: Row, number: number): string {
  const found = Object.entries(row.want).filter(([range]) => {
    const [from, to] = range.split('-').map(Number) as [number, number?];
    return number >= from && number <= (to ?? from);
  });
  assert.equal(found.length, 1, `"${row.title}" says ${found.length} times what version ${number} wants`);
  return found[0]![1];
}

describe('auth rules, case by case', () => {
  for (const row of ROWS) {
    test(row.title, () => {
      for (let number = 1; number <= 12; number++) {
        const version = getRoomVersion(`${number}`)!;
        const room = { ...DEFAULT_ROOM, ...row.room, members: { ...DEFAULT_ROOM.members, ...row.room?.members } };
        if (row.room?.members && Object.keys(row.room.members).length === 0) room.members = {};
        const state = stateOf(room, version);
        const event = eventOf(row, version);
        const lookup = (type: string, key: string) => state.find((e) => e.type === type && e.state_key === key);
        const options = { isSignedBy: (server: string) => server === 'a.test' };
        let got = 'ok';
        try {
          checkAuth(event, version, lookup, options);
        } catch (error) {
          assert.ok(error instanceof AuthError);
          assert.match(error.message, /^\S.*[^.]$/, 'a sentence without full stop');
          got = error.rule;
        }
        assert.equal(got, wanted(row, number), `in room version ${number}`);
        assert.equal(isAuthorised(event, version, lookup, options), got === 'ok');
      }
    });
  }

  test('creators of version 12 stand above everything', () => {
    const version = getRoomVersion('12')!;
    const room: Room = {
      ...DEFAULT_ROOM,
      create: { additional_creators: [CAROL] },
      power: {
        users: { [BOB]: 2 ** 53 - 1 },
        ban: 2 ** 53 - 1,
        kick: 2 ** 53 - 1,
        events: { 'm.room.name': 2 ** 53 - 1 },
      },
    };
    const state = stateOf(room, version);
    const lookup = (type: string, key: string) => state.find((e) => e.type === type && e.state_key === key);
    const allowed = (event: Row['event']): boolean =>
      isAuthorised(eventOf({ title: '', event, want: {} }, version), version, lookup);
    assert.equal(allowed(towards(CAROL, BOB, 'ban')), true);
    assert.equal(allowed(towards(BOB, CAROL, 'ban')), false);
    assert.equal(allowed(towards(ALICE, CAROL, 'leave')), false, 'creators cannot remove each other');
    assert.equal(allowed({ type: 'm.room.name', key: '', from: CAROL }), true);
    assert.equal(allowed(power(CAROL, { users: {} })), true, 'a creator takes the highest level from another');
    assert.equal(allowed(power(ALICE, { users: { [CAROL]: 1 } })), false, 'creators have no place in users');
  });

  test('without isSignedBy the vouching server counts as having signed', () => {
    const version = getRoomVersion('10')!;
    const state = stateOf({ ...DEFAULT_ROOM, joinRule: 'restricted' }, version);
    const lookup = (type: string, key: string) => state.find((e) => e.type === type && e.state_key === key);
    const row = { title: '', event: own(DAVE, 'join', { join_authorised_via_users_server: CAROL }), want: {} };
    assert.equal(isAuthorised(eventOf(row, version), version, lookup), true);
    assert.equal(isAuthorised(eventOf(row, version), version, lookup, { isSignedBy: () => false }), false);
  });
});

describe('selection of auth events', () => {
  const select = (number: number, event: Row['event']): string[] =>
    authEventKeysFor(
      eventOf({ title: '', event, want: {} }, getRoomVersion(`${number}`)!),
      getRoomVersion(`${number}`)!,
    )
      .map(([type, key]) => `${type.slice('m.room.'.length)}|${key}`)
      .sort();
  const base = ['create|', 'power_levels|', `member|${BOB}`];
  const sorted = (...keys: string[]): string[] => [...keys].sort();

  test('of a create event: none', () => {
    for (let n = 1; n <= 12; n++) assert.deepEqual(select(n, { type: 'm.room.create', key: '' }), []);
  });
  test('of a message: create but in version 12, power levels, the sender', () => {
    for (let n = 1; n <= 11; n++) assert.deepEqual(select(n, { from: BOB }), sorted(...base));
    assert.deepEqual(select(12, { from: BOB }), sorted(...base.slice(1)));
  });
  test('of memberships', () => {
    const rules = 'join_rules|';
    assert.deepEqual(select(11, own(BOB, 'join')), sorted(...base, rules));
    assert.deepEqual(select(11, own(BOB, 'knock')), sorted(...base, rules));
    assert.deepEqual(select(11, own(BOB, 'leave')), sorted(...base));
    assert.deepEqual(select(11, towards(BOB, DAVE, 'ban')), sorted(...base, `member|${DAVE}`));
    assert.deepEqual(select(11, towards(BOB, DAVE, 'invite')), sorted(...base, `member|${DAVE}`, rules));
  });
  test('of a third party invite: its event too', () => {
    const event = towards(BOB, DAVE, 'invite', { third_party_invite: { signed: { token: 'tok' } } });
    assert.ok(select(1, event).includes('third_party_invite|tok'));
    assert.ok(
      !select(1, { ...event, content: { ...event.content, membership: 'leave' } }).includes('third_party_invite|tok'),
    );
  });
  test('of a restricted join: the vouching user, since version 8 and once', () => {
    const event = own(DAVE, 'join', { join_authorised_via_users_server: BOB });
    assert.ok(!select(7, event).includes(`member|${BOB}`));
    for (const n of [8, 9, 10, 11, 12]) assert.ok(select(n, event).includes(`member|${BOB}`), `version ${n}`);
    const circular = select(12, own(DAVE, 'join', { join_authorised_via_users_server: DAVE }));
    assert.equal(circular.filter((key) => key === `member|${DAVE}`).length, 1);
  });
});

describe('the list of auth events', () => {
  const refused = (number: number, change: (list: AuthEvent[]) => AuthEvent[]): string | undefined => {
    const version = getRoomVersion(`${number}`)!;
    const state = stateOf(DEFAULT_ROOM, version);
    const list = state.filter(
      (e) => e.type !== 'm.room.join_rules' && (e.type !== 'm.room.member' || e.state_key === ALICE),
    );
    const usual = version.createInAuthEvents ? list : list.filter((e) => e.type !== 'm.room.create');
    try {
      checkAuthEvents(eventOf({ title: '', event: {}, want: {} }, version), version, change(usual));
      return undefined;
    } catch (error) {
      return (error as AuthError).rule;
    }
  };
  for (let n = 1; n <= 12; n++) {
    const rule = n === 12 ? '3' : '2';
    test(`room version ${n}`, () => {
      assert.equal(
        refused(n, (list) => list),
        undefined,
      );
      assert.equal(
        refused(n, (list) => [...list, { ...list.at(-1)!, eventId: '$again' }]),
        `${rule}.1`,
      );
      assert.equal(
        refused(n, (list) => [...list, { ...list[0]!, type: 'm.room.topic' }]),
        `${rule}.2`,
      );
      assert.equal(
        refused(n, (list) => [...list, { ...list.at(-1)!, state_key: BOB }]),
        `${rule}.2`,
      );
      assert.equal(
        refused(n, (list) => list.with(0, { ...list[0]!, rejected: true })),
        `${rule}.3`,
      );
      assert.equal(
        refused(n, (list) => list.slice(1)),
        n === 12 ? undefined : '2.4',
      );
      assert.equal(
        refused(n, (list) => list.with(0, { ...list[0]!, room_id: '!elsewhere:a.test' })),
        `${rule}.5`,
      );
    });
  }
  test('the create event does not belong there in version 12', () => {
    assert.equal(
      refused(12, (list) => [...list, stateOf(DEFAULT_ROOM, getRoomVersion('12')!)[0]!]),
      '3.2',
    );
  });
});
