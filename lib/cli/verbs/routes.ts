import type { Command } from '../command.ts';
import { bold, columns, dim, print } from '../terminal.ts';

const command: Command = {
  verb: 'routes',
  summary: 'Print which unit takes which endpoint, and whether it is answered yet',
  operands: '[TEXT]',
  arity: [0, 1],
  details: 'With TEXT only rows that hold it, such as a unit, a method or a piece of a path.',
  flags: {
    all: { type: 'boolean', doc: 'A row for each older version of a path too.' },
    missing: { type: 'boolean', doc: 'Only what is not answered yet.' },
    json: { type: 'boolean', doc: 'As JSON.' },
  },
  async run({ args: [text = ''], flags }) {
    const { routeRows } = await import('../route-rows.ts');
    const rows = routeRows({ aliases: flags['all'] === true })
      .filter((row) => flags['missing'] !== true || !row.answered)
      .filter((row) => `${row.unit} ${row.writers.join(' ')} ${row.method} ${row.path}`.includes(text));
    if (flags['json'] === true) {
      print(JSON.stringify(rows, null, 2));
      return 0;
    }
    const table = rows.map((row) => [
      row.answered ? '✓' : '·',
      row.writers.length === 0 ? row.unit : `${row.unit} → ${row.writers.join(', ')}`,
      row.method,
      row.path,
    ]);
    const [head, ...lines] = columns([['', 'UNIT', 'METHOD', 'PATH'], ...table]);
    print(bold(head!));
    for (const line of lines) print(line.startsWith('·') ? dim(line) : line);
    print();
    print(`${rows.filter((row) => row.answered).length} of ${rows.length} answered`);
    return 0;
  },
};

export default command;
