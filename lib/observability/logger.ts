import pino from 'pino';
import { prettyStream } from './pretty.ts';

/** A structured logger: `log.info({ roomId }, 'room created')`. Children carry their bindings. */
export type Logger = pino.Logger;

/** Settings of {@link createLogger}. */
export interface LoggerOptions {
  /** `trace`, `debug`, `info` (default), `warn`, `error`, `fatal` or `silent`. */
  level?: string;
  /** Fields of every line, such as the unit. */
  base?: Record<string, unknown>;
  /** Lines for people instead of JSON. Default: when standard output is a terminal. */
  pretty?: boolean;
  /** Where lines go. Default: standard output. */
  destination?: { write(line: string): void };
}

const SECRET_FIELDS = [
  'access_token',
  'accessToken',
  'refresh_token',
  'refreshToken',
  'authorization',
  'password',
  'new_password',
  'newPassword',
  'token',
  'secret',
  'client_secret',
  'clientSecret',
  'mac',
  'cookie',
  'hs_token',
  'as_token',
];

// Whatever slips into a message or a nested field: query parameters and authorization headers.
const SECRET_TEXT =
  /((?:access_token|refresh_token|loginToken|login_token|client_secret)=|\bBearer\s+|\bsig(?:nature)?=\\?"?)[^\s&"\\,;]+/gi;

/** Takes tokens and signatures out of a line. */
export function redactText(text: string): string {
  return text.replace(SECRET_TEXT, '$1[redacted]');
}

/** The process's logger. One JSON object a line with ISO time, or one short line for people on a terminal. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const pretty = options.pretty ?? (options.destination === undefined && process.stdout.isTTY === true);
  const destination = options.destination ?? (pretty ? process.stdout : pino.destination({ fd: 1, sync: true }));
  return pino(
    {
      level: options.level ?? 'info',
      base: options.base ?? {},
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), censor: '[redacted]' },
      hooks: { streamWrite: redactText },
    },
    pretty ? prettyStream(destination) : destination,
  );
}

/** A child that puts the request's id on every line. */
export function requestLogger(log: Logger, requestId: string): Logger {
  return log.child({ requestId });
}
