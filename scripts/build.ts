// Builds what is deployed: node scripts/build.ts lambda|image|all [FOLDER]. Source maps stand beside the bundles.
import { join } from 'node:path';
import { bundleAll, bundleBytes, bundleImage } from '../infra/bundle.ts';
import { root } from './runtime.mjs';

const [what = 'all', folder = join(root, 'build')] = process.argv.slice(2);
const region = process.env['AWS_REGION'] ?? 'us-east-1';

if (what === 'image') {
  await bundleImage(folder);
  console.log(`${folder}: ${kb(bundleBytes(folder))}`);
} else if (what === 'lambda' || what === 'all') {
  const { lambdas } = await bundleAll(region, folder);
  for (const [name, bundle] of Object.entries(lambdas)) console.log(`${name.padEnd(12)} ${kb(bundleBytes(bundle))}`);
  if (what === 'all') console.log(`image        ${kb(bundleBytes(await bundleImage(join(folder, 'image'))))}`);
} else {
  console.error('What to build is one of lambda, image, all.');
  process.exitCode = 2;
}

function kb(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} kB`;
}
