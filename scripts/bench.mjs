// npm run bench -- NAME [ARGUMENTS]
import { ensureDependencies } from './install.mjs';
import { run } from './runtime.mjs';

await ensureDependencies({ dev: true });
await run('test/bench/run.ts', process.argv.slice(2));
