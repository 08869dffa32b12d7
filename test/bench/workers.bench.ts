import { type BenchServer, benchServer } from './kit/bench-server.ts';
import { digits, Report } from './kit/report.ts';
import { hop } from './workers/hop.ts';
import { fanOut, type PlacementFigures, throughput } from './workers/placement.ts';

const MANY = 1_000;
const CONNECTIONS = MANY + 64;

type Part = (report: Report) => Promise<void>;

const PARTS: Record<string, Part> = {
  placements,
  hop,
  crowd: (report) =>
    withServer({}, (server) =>
      fanOut(report, server, { name: 'one process', members: MANY, messages: 40, atOnce: 1 }).then(() => {}),
    ),
};

export const about = `One process against the scaled placement, the hop, a room of 1,000: [${Object.keys(PARTS).join(' ')}]`;

/** @param names parts to run; all of them when there is none */
export async function run(names: string[]): Promise<void> {
  const unknown = names.find((name) => !Object.hasOwn(PARTS, name));
  if (unknown !== undefined) throw new Error(`there is no part "${unknown}"; ${about}`);
  const report = new Report(`npm run bench -- workers ${names.join(' ')}`.trim());
  for (const [name, part] of Object.entries(PARTS)) {
    if (names.length === 0 || names.includes(name)) await part(report);
  }
  report.end();
}

async function placements(report: Report): Promise<void> {
  const figures: (PlacementFigures & { deliveries: number })[] = [];
  for (const placement of ['one', 'scaled']) {
    const name = placement === 'one' ? 'one process' : placement;
    await withServer({ placement }, async (server) => {
      const sends = await throughput(report, server, name);
      const deliveries = await fanOut(report, server, { name, members: 30, messages: 200, atOnce: 4 });
      figures.push({ ...sends, deliveries });
    });
  }
  const [one, scaled] = figures;
  if (!one || !scaled) return;
  report.add({
    what: 'scaled against one process, on the same cores: events, deliveries a second',
    measured: `${digits(scaled.eventsASecond / one.eventsASecond, 2)}, ${digits(scaled.deliveries / one.deliveries, 2)}`,
  });
  report.add({
    what: 'what gateway, Lambda call and hop add to a send by one sender, p50',
    measured: `${digits(scaled.aloneP50 - one.aloneP50, 2)} ms`,
  });
}

async function withServer(config: object, work: (server: BenchServer) => Promise<void>): Promise<void> {
  const server = await benchServer(config, CONNECTIONS);
  try {
    await work(server);
  } finally {
    await server.stop();
  }
}
