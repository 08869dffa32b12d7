import { type ParseArgsConfig, parseArgs } from 'node:util';
import { Failure } from './failure.ts';

/** One flag: what it is called is its key in {@link Command.flags}. */
export interface Flag {
  type: 'string' | 'boolean';
  /** What stands for the value in help: `--port N`. */
  value?: string;
  /** One sentence. */
  doc: string;
}

export interface Invocation {
  /** What stands behind the verb, without flags. */
  args: string[];
  flags: Record<string, string | boolean | undefined>;
}

/** A verb of the command line. */
export interface Command {
  /** As it is typed, one or two words: `user add`. */
  verb: string;
  /** One line for the list of verbs. */
  summary: string;
  /** What stands behind the verb in help, such as `NAME`; empty for nothing. */
  operands: string;
  /** How many operands it takes, at least and at most. */
  arity: [number, number];
  /** More sentences for its own help. */
  details?: string;
  flags: Record<string, Flag>;
  /** @returns the exit code; 0 when it returns nothing */
  run(invocation: Invocation): Promise<number | undefined>;
}

/**
 * Takes apart what stands behind a verb.
 * @throws Failure (exit code 2) for an unknown flag or the wrong number of operands
 */
export function parse(command: Command, argv: string[]): Invocation {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, { type }] of Object.entries(command.flags)) options[name] = { type };
  try {
    const { values, positionals } = parseArgs({ args: argv, options, allowPositionals: true, strict: true });
    const [least, most] = command.arity;
    if (positionals.length < least || positionals.length > most) {
      throw new Failure(`Usage: ${usage(command)}`, 2);
    }
    return { args: positionals, flags: values as Invocation['flags'] };
  } catch (error) {
    if (error instanceof Failure) throw error;
    const [sentence] = (error as Error).message.split(/\. To specify|\n/);
    throw new Failure(`${sentence}. "npm run myelin -- ${command.verb} --help" lists the flags.`, 2);
  }
}

/** How the command is typed. `start` has an npm script of its own. */
export function usage(command: Command): string {
  const start = command.verb === 'start' ? 'npm start --' : `npm run myelin -- ${command.verb}`;
  return `${start}${command.operands === '' ? '' : ` ${command.operands}`} [flags]`;
}

/** The value of a text flag. */
export function textFlag(invocation: Invocation, name: string): string | undefined {
  const value = invocation.flags[name];
  return typeof value === 'string' ? value : undefined;
}
