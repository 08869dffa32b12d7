import { columns } from '../terminal.ts';
import type { Child } from './child.ts';

/** The processes of a placement for people: name, units, process id, where it listens. */
export function processTable(children: readonly Child[]): string[] {
  const rows = children.map(({ plan, pid, urls }) => [
    `  ${plan.name}`,
    plan.kind,
    String(pid ?? '-'),
    urls.join(', ') || '-',
    plan.kind === 'gateway' ? 'all requests' : plan.units.join(', '),
  ]);
  return columns([['  PROCESS', 'KIND', 'PID', 'LISTENS', 'UNITS'], ...rows]);
}
