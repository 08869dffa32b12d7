import { type Command, usage } from './command.ts';
import { bold, columns, print } from './terminal.ts';

export function printVerbs(commands: readonly Command[]): void {
  print(`${bold('Myelin')}, a Matrix homeserver`);
  print();
  print('npm start [-- flags]              run the server');
  print('npm run myelin -- VERB [flags]    everything else');
  print();
  print(bold('Verbs'));
  for (const line of columns(commands.map(({ verb, summary }) => [`  ${verb}`, summary]))) print(line);
  print();
  print('"npm run myelin -- VERB --help" says more about one of them.');
}

export function printHelp(command: Command): void {
  print(`${bold('Usage')}: ${usage(command)}`);
  print();
  print(command.summary);
  if (command.details !== undefined) {
    print();
    print(command.details);
  }
  const flags = Object.entries(command.flags);
  if (flags.length === 0) return;
  print();
  print(bold('Flags'));
  const rows = flags.map(([name, { value, doc }]) => [`  --${name}${value === undefined ? '' : ` ${value}`}`, doc]);
  for (const line of columns(rows)) print(line);
}
