// npm run myelin -- VERB …
import { ensureDependencies } from './install.mjs';
import { run } from './runtime.mjs';

await ensureDependencies({ dev: false });
await run('lib/cli/main.ts', process.argv.slice(2));
