import { readdirSync, readFileSync } from 'node:fs';

/** Seconds of CPU that a process and all its descendants have used; `NaN` where there is no /proc. */
export interface CpuUse {
  /** Processes of Node. */
  node: number;
  /** PostgreSQL's. */
  postgres: number;
  /** Everything of the tree. */
  all: number;
}

const TICKS_A_SECOND = 100;

/** CPU used so far by a process tree, itself included. Time of children that have ended counts for their parent. */
export function cpuOf(root: number): CpuUse {
  let entries: string[];
  try {
    entries = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return { node: Number.NaN, postgres: Number.NaN, all: Number.NaN };
  }
  const stats = new Map<number, { parent: number; postgres: boolean; ticks: number }>();
  for (const entry of entries) {
    const stat = statOf(entry);
    if (stat) stats.set(Number(entry), stat);
  }
  const use: CpuUse = { node: 0, postgres: 0, all: 0 };
  for (const [pid, { postgres, ticks }] of stats) {
    if (!descends(pid, root, stats)) continue;
    const seconds = ticks / TICKS_A_SECOND;
    use.all += seconds;
    if (postgres) use.postgres += seconds;
    else use.node += seconds;
  }
  return use;
}

/** What was used between two looks. */
export function cpuBetween(before: CpuUse, after: CpuUse): CpuUse {
  return {
    node: after.node - before.node,
    postgres: after.postgres - before.postgres,
    all: after.all - before.all,
  };
}

function statOf(pid: string): { parent: number; postgres: boolean; ticks: number } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name stands in parentheses and may hold anything.
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  const number = (i: number) => Number(fields[i]);
  return {
    parent: number(1),
    postgres: text.slice(text.indexOf('(') + 1, end).startsWith('postgres'),
    ticks: number(11) + number(12) + number(13) + number(14),
  };
}

function descends(pid: number, root: number, stats: ReadonlyMap<number, { parent: number }>): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 0; at = stats.get(at)?.parent) {
    if (at === root) return true;
  }
  return false;
}
