// npm start
import { ensureDependencies } from './install.mjs';
import { run } from './runtime.mjs';

await ensureDependencies({ dev: false });
await run('lib/cli/main.ts', ['start', ...process.argv.slice(2)]);
