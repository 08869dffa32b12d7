// How long each Lambda bundle needs to start behind a Runtime API: node scripts/cold-start.ts [ROUNDS]. Prints a table.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { unitNamesOf } from '../functions/units.ts';
import { bundleBytes, bundleLambda } from '../infra/bundle.ts';
import { LambdaFunction } from '../test/lambda/environment.ts';

const rounds = Number(process.argv[2] ?? 11);
const folder = mkdtempSync(join(tmpdir(), 'myelin-cold-'));
const kb = (bytes: number) => `${(bytes / 1000).toFixed(0)} kB`;

try {
  console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${rounds} starts each\n`);
  console.log('| unit | code | gzip | init p50 | p90 | processor p50 |\n| --- | --- | --- | --- | --- | --- |');
  for (const name of [...unitNamesOf('lambda'), 'watch']) {
    const code = await bundleLambda(name, join(folder, name), 'us-east-1');
    const times: number[] = [];
    const processor: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const fn = new LambdaFunction({ folder: code, env: environment(folder) });
      await fn.start();
      times.push(fn.initMs[0]!);
      processor.push(fn.processorMs());
      await fn.stop();
    }
    console.log(
      `| ${name} | ${kb(bundleBytes(code))} | ${kb(zipped(code))} | ${at(times, 0.5)} | ${at(times, 0.9)} | ${at(processor, 0.5)} |`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The value below which a share of all lies. */
function at(all: readonly number[], share: number): string {
  const sorted = all.toSorted((a, b) => a - b);
  return `${sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(0)} ms`;
}

function environment(data: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    MYELIN_SERVER_NAME: 'cold.test',
    MYELIN_DATA_DIRECTORY: data,
    MYELIN_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    SERVER_SECRET: JSON.stringify({ seed: 'a'.repeat(64) }),
    EDGE_SECRET: 'edge',
    STREAM_RESPONSES: '1',
  };
}

function zipped(code: string): number {
  const files = readdirSync(code).filter((name) => name.endsWith('.mjs'));
  return files.reduce((sum, name) => sum + gzipSync(readFileSync(join(code, name))).length, 0);
}
