import { type AuthEvent, checkAuth } from '../../../lib/spec/auth-rules.ts';
import { getRoomVersion } from '../../../lib/spec/room-versions.ts';
import { resolveState } from '../../../lib/spec/state-resolution/index.ts';
import { FORKS } from '../kit/forks.ts';
import { digits, type Report } from '../kit/report.ts';

const VERSION = '11';
const DISPUTED = 10_000;
const CHECKS = 20_000;
const ROOM = '!room:a.example';

/** The pure parts: authorisation of one event, and resolution of forks with 10,000 events in dispute. */
export function rules(report: Report): void {
  for (const [what, event] of Object.entries(EVENTS)) {
    const state = (type: string, stateKey = '') => STATE.get(`${type}\0${stateKey}`);
    for (let i = 0; i < CHECKS; i++) checkAuth(event, version, state);
    // CPU, not time: others may want this machine's cores.
    const before = process.cpuUsage();
    for (let i = 0; i < CHECKS; i++) checkAuth(event, version, state);
    const { user: used, system } = process.cpuUsage(before);
    const micros = (used + system) / CHECKS;
    report.add({
      what: `auth check of ${what}`,
      measured: `${digits(micros, 1)} µs`,
      goal: '< 20 µs',
      met: micros < 20,
    });
  }
  for (const [what, make] of Object.entries(FORKS)) {
    for (const id of ['11', '12']) {
      const [one, other] = make(id, DISPUTED / 2);
      const started = performance.now();
      resolveState(getRoomVersion(id)!, [one.state, other.state], one.events);
      const seconds = (performance.now() - started) / 1_000;
      report.add({
        what: `state resolution of 10,000 events, version ${id}: ${what}`,
        measured: `${digits(seconds, 2)} s`,
        goal: '< 1 s',
        met: seconds < 1,
      });
    }
  }
}

const version = getRoomVersion(VERSION)!;

function event(type: string, sender: string, content: object, stateKey?: string): AuthEvent {
  return {
    eventId: `$${type}-${stateKey}`,
    type,
    sender,
    content,
    room_id: ROOM,
    prev_events: ['$before'],
    auth_events: [],
    depth: 10,
    origin_server_ts: 1,
    ...(stateKey === undefined ? {} : { state_key: stateKey }),
  } as unknown as AuthEvent;
}

const user = (i: number) => `@user${i}:a.example`;
const ADMIN = '@admin:a.example';
/** Powers of a hundred users, as in a large public room. */
const LEVELS = {
  users: Object.fromEntries([[ADMIN, 100], ...Array.from({ length: 100 }, (_, i) => [user(i), i % 50])]),
  events: { 'm.room.name': 50, 'm.room.power_levels': 100, 'm.room.tombstone': 100 },
  users_default: 0,
  events_default: 0,
  state_default: 50,
};

const STATE = new Map(
  [
    event('m.room.create', ADMIN, { room_version: VERSION }, ''),
    event('m.room.power_levels', ADMIN, LEVELS, ''),
    event('m.room.join_rules', ADMIN, { join_rule: 'public' }, ''),
    event('m.room.member', ADMIN, { membership: 'join' }, ADMIN),
    event('m.room.member', user(1), { membership: 'join' }, user(1)),
  ].map((one) => [`${one.type}\0${one.state_key}`, one]),
);

const EVENTS = {
  'a message': event('m.room.message', user(1), { body: 'x', msgtype: 'm.text' }),
  'a join': event('m.room.member', user(2), { membership: 'join' }, user(2)),
  'a kick': event('m.room.member', ADMIN, { membership: 'leave' }, user(1)),
  'power levels of 100 users': event(
    'm.room.power_levels',
    ADMIN,
    { ...LEVELS, users: { ...LEVELS.users, [user(1)]: 40 } },
    '',
  ),
};
