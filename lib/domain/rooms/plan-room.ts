import type { JsonObject } from '../../spec/json.ts';
import type { RoomVersion } from '../../spec/room-versions.ts';
import type { NewEvent } from '../../streams/writers.ts';
import type { MemberProfile, Profile } from '../profiles/profile.ts';
import { memberPart } from '../profiles/profile.ts';
import { initialPowerLevels } from './initial-power-levels.ts';
import type { Preset } from './presets.ts';

/** A state event that a new room starts with. */
export interface InitialState {
  type: string;
  stateKey: string;
  content: JsonObject;
}

/** A room that is about to be made; everything is checked already. */
export interface RoomPlan {
  version: RoomVersion;
  creator: string;
  creatorProfile: MemberProfile;
  /** Content of the create event, less what follows from the version. */
  creationContent: JsonObject;
  preset: Preset;
  /** Laid over the preset's power levels. */
  powerLevelOverride: JsonObject;
  canonicalAlias: string | undefined;
  initialState: InitialState[];
  name: string | undefined;
  topic: string | undefined;
  invites: { userId: string; profile: Profile | undefined }[];
  isDirect: boolean;
}

/** The first events of a room, in the order that the client-server API gives (room creation). */
export function planRoom(plan: RoomPlan): NewEvent[] {
  const { creator, preset, initialState } = plan;
  const state = (type: string, content: JsonObject, stateKey = ''): NewEvent => ({
    type,
    stateKey,
    sender: creator,
    content,
  });
  const given = (type: string) => initialState.find((event) => event.type === type && event.stateKey === '');
  const events = [
    state('m.room.create', createContent(plan)),
    state('m.room.member', { membership: 'join', ...plan.creatorProfile }, creator),
    // Power levels in the initial state take the place of the default, with whatever they leave out.
    state('m.room.power_levels', given('m.room.power_levels')?.content ?? defaultLevels(plan)),
  ];
  if (plan.canonicalAlias !== undefined && !given('m.room.canonical_alias')) {
    events.push(state('m.room.canonical_alias', { alias: plan.canonicalAlias }));
  }
  const presetState: [string, JsonObject][] = [
    ['m.room.join_rules', { join_rule: preset.joinRule }],
    ['m.room.history_visibility', { history_visibility: preset.historyVisibility }],
  ];
  // Without the event guests are kept out, so there is no need to say so.
  if (preset.guestAccess === 'can_join') presetState.push(['m.room.guest_access', { guest_access: 'can_join' }]);
  for (const [type, content] of presetState) if (!given(type)) events.push(state(type, content));
  const hidden = new Set(['m.room.power_levels']);
  if (plan.name !== undefined) hidden.add('m.room.name');
  if (plan.topic !== undefined) hidden.add('m.room.topic');
  for (const { type, stateKey, content } of initialState) {
    if (stateKey === '' && hidden.has(type)) continue;
    events.push(state(type, content, stateKey));
  }
  if (plan.name !== undefined) events.push(state('m.room.name', { name: plan.name }));
  if (plan.topic !== undefined) events.push(state('m.room.topic', topicContent(plan.topic)));
  for (const { userId, profile } of plan.invites) {
    const content: JsonObject = { membership: 'invite', ...memberPart(profile) };
    if (plan.isDirect) content['is_direct'] = true;
    events.push(state('m.room.member', content, userId));
  }
  return events;
}

function createContent({ version, creator, creationContent }: RoomPlan): JsonObject {
  const { creator: _creator, room_version: _version, ...others } = creationContent;
  const content: JsonObject = { ...others, room_version: version.id };
  if (!version.creatorIsSender) content['creator'] = creator;
  return content;
}

function defaultLevels({ version, creator, preset, invites, powerLevelOverride }: RoomPlan): JsonObject {
  const peers = preset.trustsInvitees ? invites.map((invite) => invite.userId) : [];
  return { ...initialPowerLevels({ version, creator, invite: preset.invite, peers }), ...powerLevelOverride };
}

/** Content of `m.room.topic` for a plain text. */
export function topicContent(topic: string): JsonObject {
  return { topic, 'm.topic': { 'm.text': [{ body: topic, mimetype: 'text/plain' }] } };
}
