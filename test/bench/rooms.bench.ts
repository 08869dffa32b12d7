import { runningServer } from '../../lib/cli/data-lock.ts';
import { type BenchServer, benchServer } from './kit/bench-server.ts';
import { IdleThread } from './kit/idle-thread.ts';
import { digits, Report } from './kit/report.ts';
import { loopStalls } from './kit/scrape.ts';
import { commits } from './rooms/commits.ts';
import { creations, joins } from './rooms/memberships.ts';
import { rules } from './rooms/rules.ts';
import { sends } from './rooms/sends.ts';

const LONGEST_STALL_MS = 20;

const PARTS: Record<string, (report: Report, server: BenchServer) => Promise<void> | void> = {
  sends: (report, server) => watched(report, server, 'sends', () => sends(report, server)),
  creations: (report, server) => watched(report, server, 'creating rooms', () => creations(report, server)),
  joins: (report, server) => watched(report, server, 'joins', () => joins(report, server)),
  commits: async (report, server) => {
    const running = await runningServer(server.process.dataDirectory);
    await commits(report, running?.databaseUrl as string);
  },
  rules: (report) => rules(report),
};

export const about = `Rooms through HTTP, the commit, auth rules and state resolution: [${Object.keys(PARTS).join(' ')}]`;

/** @param names parts to run; all of them when there is none */
export async function run(names: string[]): Promise<void> {
  const unknown = names.find((name) => !Object.hasOwn(PARTS, name));
  if (unknown !== undefined) throw new Error(`there is no part "${unknown}"; ${about}`);
  const report = new Report(`npm run bench -- rooms ${names.join(' ')}`.trim());
  const server = await benchServer();
  try {
    for (const [name, part] of Object.entries(PARTS)) {
      if (names.length === 0 || names.includes(name)) await part(report, server);
    }
  } finally {
    await server.stop();
  }
  report.end();
}

/** Runs a part and tells for how long the server's event loop, which is the persister's, was held up meanwhile. */
async function watched(report: Report, server: BenchServer, during: string, part: () => Promise<void>): Promise<void> {
  const idle = new IdleThread();
  await Promise.all([loopStalls(server.client), idle.longestStall()]);
  const started = Date.now();
  await part();
  const longest = server.longestTurn(started);
  report.add({
    what: `longest turn of the event loop during ${during}, in CPU time`,
    measured: `${digits(longest, 1)} ms`,
    goal: `< ${LONGEST_STALL_MS} ms`,
    met: longest < LONGEST_STALL_MS,
  });
  const { max, p99 } = await loopStalls(server.client);
  report.add({
    what: '… and by the clock: longest, p99; that of an idle thread, which only waited for the processor',
    measured: `${digits(max, 1)}, ${digits(p99, 1)}; ${digits(await idle.longestStall(), 1)} ms`,
  });
}
