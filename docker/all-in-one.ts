// What the all-in-one image runs: every unit and a PostgreSQL in one container. Words behind the image's name are a verb of
// the command line; without any, the server starts.
import { ensureCertificate, nameKeys } from './environment.ts';
import { dropPrivileges } from './privileges.ts';

// The first process of a container gets no signal that it does not ask for. So early there is nothing to save.
const end = () => process.exit(143);
process.on('SIGTERM', end);

const words = process.argv.slice(2);
try {
  nameKeys(process.env);
  dropPrivileges(process.env);
  await ensureCertificate(process.env, { renew: words.length === 0 });
  if (words.length === 0) await import('../lib/cli/verbs/start.ts');
  process.argv = [process.execPath, 'myelin', ...(words.length === 0 ? ['start'] : words)];
  const main = import('../lib/cli/main.ts');
  process.off('SIGTERM', end);
  await main;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
