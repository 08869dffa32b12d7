import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours a text where `stream` is a terminal, and neither NO_COLOR nor a dumb terminal says otherwise. */
function paint(style: Style, text: string, stream: NodeJS.WriteStream): string {
  return styleText(style, text, { stream });
}

export const bold = (text: string, stream: NodeJS.WriteStream = process.stdout) => paint('bold', text, stream);
export const dim = (text: string, stream: NodeJS.WriteStream = process.stdout) => paint('dim', text, stream);
export const green = (text: string, stream: NodeJS.WriteStream = process.stdout) => paint('green', text, stream);
export const yellow = (text: string, stream: NodeJS.WriteStream = process.stdout) => paint('yellow', text, stream);
export const red = (text: string, stream: NodeJS.WriteStream = process.stdout) => paint('red', text, stream);

export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

export function printError(line: string): void {
  process.stderr.write(`${line}\n`);
}

const quietMs = 2000;
const repeatMs = 5000;

/**
 * Waits for some work and says so on standard error once it takes more than two seconds: a line that counts on a
 * terminal, a line now and then elsewhere.
 * @param what completes "… (12 s)", for example "Starting the database"
 */
export async function withProgress<T>(what: string, work: Promise<T>): Promise<T> {
  const started = Date.now();
  const terminal = process.stderr.isTTY === true;
  let shown = Number.NEGATIVE_INFINITY;
  const tick = () => {
    const now = Date.now();
    if (now - started < quietMs || (!terminal && now - shown < repeatMs)) return;
    shown = now;
    const line = `${what} … (${Math.round((now - started) / 1000)} s)`;
    process.stderr.write(terminal ? `\r\x1b[K${line}` : `${line}\n`);
  };
  const timer = setInterval(tick, terminal ? 1000 : 500);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (terminal && shown > started) process.stderr.write('\r\x1b[K');
  }
}

/** Rows as columns, two spaces apart; the last column may be of any width. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.slice(0, -1).entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(index === row.length - 1 ? 0 : (widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
