const COLOURS: Record<string, string> = {
  trace: '\x1b[90m',
  debug: '\x1b[36m',
  info: '\x1b[32m',
  warn: '\x1b[33m',
  error: '\x1b[31m',
  fatal: '\x1b[41m',
};

/** Turns JSON log lines into one short line each: `12:30:01.123 INFO room created roomId=!a:b`. */
export function prettyStream(out: { write(line: string): void; isTTY?: boolean }): { write(line: string): void } {
  const colours = out.isTTY === true && !process.env['NO_COLOR'];
  return {
    write(line) {
      out.write(prettyLine(line, colours));
    },
  };
}

/** One line for people out of one JSON line. What is not JSON stays as it is. */
export function prettyLine(line: string, colours: boolean): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line);
  } catch {
    return line;
  }
  const { time, level, msg, err, ...fields } = record;
  const name = String(level ?? 'info');
  const label = name.toUpperCase().padEnd(5);
  const parts = [String(time ?? '').slice(11, 23), colours ? `${COLOURS[name] ?? ''}${label}\x1b[0m` : label];
  if (msg !== undefined) parts.push(String(msg));
  for (const [key, value] of Object.entries(fields)) parts.push(`${key}=${prettyValue(value)}`);
  const stack = err && typeof err === 'object' ? (err as { stack?: string; message?: string }) : undefined;
  const tail = stack ? `\n  ${String(stack.stack ?? stack.message).replaceAll('\n', '\n  ')}` : '';
  return `${parts.join(' ')}${tail}\n`;
}

function prettyValue(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value);
}
