// npm test [-- FILTER …]
import { ensureDependencies } from './install.mjs';
import { run } from './runtime.mjs';

await ensureDependencies({ dev: true });
await run('scripts/run-tests.ts', process.argv.slice(2));
