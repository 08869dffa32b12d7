// Runs a developer's tool that is a package: node scripts/tool.mjs tsc --noEmit
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureDependencies } from './install.mjs';
import { root } from './runtime.mjs';

const [tool = '', ...args] = process.argv.slice(2);
await ensureDependencies({ dev: true });
const { status, error } = spawnSync(join(root, 'node_modules/.bin', tool), args, { cwd: root, stdio: 'inherit' });
if (error) console.error(`${tool} cannot be run: ${error.message}`);
process.exitCode = status ?? 1;
