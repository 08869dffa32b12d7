import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILD_MS = 600_000;
const run = promisify(execFile);

/** Images that the product's can be built on; the first that the engine has is taken. */
const BASES = [
  process.env['MYELIN_TEST_BASE_IMAGE'],
  'docker.io/library/node:24-bookworm-slim',
  'node:24-bookworm-slim',
  'myelin-base',
];

/** Calls the engine. @returns what it printed */
export async function docker(args: readonly string[], timeoutMs = 60_000): Promise<string> {
  const { stdout } = await run('docker', [...args], { timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 });
  return stdout.trim();
}

/** An image to build on, or why images cannot be built on this machine. Nothing is pulled. */
export async function findBase(): Promise<{ base: string } | { missing: string }> {
  try {
    await docker(['version', '--format', '{{.Server.Version}}'], 10_000);
  } catch {
    return { missing: 'there is no Docker engine at hand' };
  }
  for (const base of BASES) {
    if (base && (await docker(['image', 'inspect', base]).catch(() => undefined))) return { base };
  }
  return { missing: 'the Docker engine has no base image: docker pull node:24-bookworm-slim, or docker/base-image.sh' };
}

/**
 * Builds one of the Dockerfile's images; layers that are there are not built again.
 * @throws Error with the end of what the builder said
 */
export async function buildImage(base: string, target: string): Promise<string> {
  const tag = `myelin-test-${target}`;
  const args = ['build', '--build-arg', `BASE_IMAGE=${base}`, '--target', target, '--tag', tag, ROOT];
  try {
    await docker(args, BUILD_MS);
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${target} cannot be built:\n${(stdout + stderr).slice(-4_000)}`);
  }
  return tag;
}

/** The address on this machine behind which a container listens on a port. */
export async function publishedAddress(container: string, port: number): Promise<string> {
  return (await docker(['port', container, `${port}/tcp`])).split('\n')[0]!;
}
