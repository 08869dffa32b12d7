import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Failure } from './failure.ts';

/** A password and whether its owner has yet to be told. */
export interface ChosenPassword {
  password: string;
  generated: boolean;
}

/**
 * The password for a new account: from a file, from standard input, asked for on a terminal, or made up. It is never
 * on the command line, where other users of the machine could read it.
 */
export async function choosePassword(options: { file?: string; stdin: boolean }): Promise<ChosenPassword> {
  if (options.file !== undefined) return given(await readFile(options.file, 'utf8'));
  if (options.stdin) return given(await text(process.stdin));
  if (process.stdin.isTTY && process.stderr.isTTY) {
    const typed = await ask('Password (empty: one is made up): ');
    if (typed !== '') {
      if ((await ask('Once more: ')) !== typed) throw new Failure('The two passwords differ.');
      return { password: typed, generated: false };
    }
  }
  return { password: randomBytes(15).toString('base64url'), generated: true };
}

function given(content: string): ChosenPassword {
  const password = content.replace(/\r?\n$/, '');
  if (password === '') throw new Failure('The password is empty.');
  return { password, generated: false };
}

/** Reads one line from the terminal without showing it. */
async function ask(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  let typed = '';
  try {
    for await (const chunk of stdin.iterator({ destroyOnReturn: false })) {
      for (const character of String(chunk)) {
        if (character === '\r' || character === '\n') return typed;
        if (character === '\x03') throw new Failure('Interrupted.', 130);
        if (character === '\x7f' || character === '\b') typed = [...typed].slice(0, -1).join('');
        else typed += character;
      }
    }
    return typed;
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}
