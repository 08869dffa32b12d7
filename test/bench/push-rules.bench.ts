import { PowerLevels } from '../../lib/spec/power-levels.ts';
import {
  applyPut,
  compileRuleset,
  defaultRules,
  type EventView,
  evaluate,
  mergeRules,
  type PushMember,
  RoomPushEvaluator,
  rulesetFingerprint,
} from '../../lib/spec/push-rules/index.ts';
import { getRoomVersion } from '../../lib/spec/room-versions.ts';

export const about = 'Push rules in a large room: [MEMBERS, 10000]';

const ROOM = '!room:example.org';
const PLAIN = rulesetFingerprint(defaultRules('@x:y'));
const powerLevels = new PowerLevels(undefined, undefined, getRoomVersion('12')!);
const message = (content: object): EventView => ({
  type: 'm.room.message',
  sender: '@user.1:example.org',
  room_id: ROOM,
  event_id: '$event',
  content: { msgtype: 'm.text', ...content },
});
const EVENTS: Record<string, EventView> = {
  'a message with m.mentions': message({ body: 'Hello there', 'm.mentions': { user_ids: ['@user.5:example.org'] } }),
  'a message without': message({ body: 'Hello User Number7, and word21 for somebody, in a sentence of common length' }),
  'a message of 30 kB without': message({ body: 'and so on and on, слово за словом '.repeat(800) }),
  'a reaction': { ...message({}), type: 'm.reaction' },
};

/** One member in ten muted another room, one in twenty looks for a word of their own. */
export async function run([given]: string[]): Promise<void> {
  const count = Number(given ?? 10_000);
  const context = { memberCount: count, powerLevels };
  const members = Array.from({ length: count }, (_, i): PushMember => {
    const userId = `@user.${i}:example.org`;
    const displayName = i % 3 === 0 ? `Пользователь ${i}` : `User Number${i}`;
    if (i % 10 !== 0 && i % 20 !== 1) return { userId, displayName, fingerprint: PLAIN };
    const rows =
      i % 10 === 0
        ? applyPut([], 'room', `!muted${i}:example.org`, { actions: [] })
        : applyPut([], 'content', 'word', { actions: ['notify'], pattern: `word${i}` });
    const ruleset = mergeRules(userId, rows);
    return { userId, displayName, fingerprint: rulesetFingerprint(ruleset), ruleset };
  });

  const start = performance.now();
  const evaluator = new RoomPushEvaluator(ROOM, members);
  console.log(
    `${count} members, ${evaluator.groupCount} groups; built in ${(performance.now() - start).toFixed(0)} ms`,
  );
  for (const [name, event] of Object.entries(EVENTS)) {
    const took = median(() => evaluator.evaluate(event, context));
    const { exceptions } = evaluator.evaluate(event, context);
    console.log(`  ${name}: ${took.toFixed(3)} ms, ${exceptions.size} exceptions`);
  }
  const compiled = members.map(({ userId, ruleset }) =>
    compileRuleset(typeof ruleset === 'object' ? ruleset : defaultRules(userId)),
  );
  const oneByOne = median(() => {
    for (let i = 0; i < count; i++) evaluate(compiled[i]!, EVENTS['a message without']!, context, members[i]!);
  }, 5);
  console.log(`  for comparison, the second one member by member: ${oneByOne.toFixed(1)} ms`);
}

function median(work: () => unknown, times = 51): number {
  const took: number[] = [];
  for (let i = 0; i < times; i++) {
    const begin = performance.now();
    work();
    took.push(performance.now() - begin);
  }
  return took.sort((a, b) => a - b)[times >> 1]!;
}
