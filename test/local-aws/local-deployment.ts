import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { bundleImage } from '../../infra/bundle.ts';
import { bundledTask } from '../kit/bundled-task.ts';
import { testDatabase } from '../kit/postgres.ts';
import { freePort, testRedis } from '../kit/redis.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const ENVIRONMENT = 'aws://000000000000/us-east-1';
const STEP_MS = 240_000;

/** The application's stacks on an AWS of this machine, its task units beside it. */
export interface LocalDeployment {
  /** The gateway's stage: what stands before `/_matrix`. */
  apiUrl: string;
  /** What the distribution adds to a request: emulated gateways decode paths, which API Gateway hands over as they came. */
  edgeHeaders(rawUri: string): Record<string, string>;
  bucket: string;
  queueUrl: string;
  region: string;
  close(): Promise<void>;
}

/**
 * Synthesises the stage `local` once, bootstraps and deploys it with `cdklocal`, and starts the task units against the
 * bucket, the queue and the secret that were made.
 * @param endpoint where the emulated AWS answers
 * @throws Error with the end of what a step printed when it fails
 */
export async function deployLocally(endpoint: string): Promise<LocalDeployment> {
  const folder = await mkdtemp(join(tmpdir(), 'myelin-local-aws-'));
  const [database, redis, taskPort] = [await testDatabase(), await testRedis(), await freePort()];
  const closers: (() => Promise<unknown>)[] = [
    () => rm(folder, { recursive: true, force: true }),
    () => redis.stop(),
    () => database.drop(),
  ];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    const addresses = {
      LOCAL_TASKS_URL: `http://127.0.0.1:${taskPort}`,
      LOCAL_DATABASE_URL: database.url,
      LOCAL_REDIS_URL: redis.url,
    };
    const aws = {
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: endpoint,
      AWS_ENDPOINT_URL_S3: endpoint,
    };
    const app = join(folder, 'cdk');
    const outputs = join(folder, 'outputs.json');
    const step = async (command: string, ...args: string[]) => {
      const env = { ...process.env, ...aws, ...addresses };
      await run(join(root, 'node_modules/.bin', command), args, { cwd: root, env, timeout: STEP_MS }).catch((error) => {
        const printed = `${error.stdout ?? ''}${error.stderr ?? ''}`.slice(-4_000);
        throw new Error(`${command} ${args[0]} failed: ${printed || error.message}`);
      });
    };
    await step('cdk', 'synth', '--quiet', '-c', 'stage=local', '--output', app);
    await step('cdklocal', 'bootstrap', ENVIRONMENT, '--app', app);
    await step('cdklocal', 'deploy', '--all', '--app', app, '--require-approval', 'never', '--outputs-file', outputs);
    const made = JSON.parse(await readFile(outputs, 'utf8'))['myelin-local-functions'] as Record<string, string>;
    const need = (name: string) => {
      const value = made[name];
      if (!value) throw new Error(`the deployment has no output ${name}`);
      return value;
    };
    const client = new SecretsManagerClient({ endpoint, region: aws.AWS_REGION, credentials: credentials(aws) });
    const [serverSecret = '', edgeSecret = ''] = await Promise.all(
      ['ServerSecret', 'EdgeSecret'].map(
        async (name) => (await client.send(new GetSecretValueCommand({ SecretId: need(name) }))).SecretString,
      ),
    );
    client.destroy();
    const task = await bundledTask(
      await bundleImage(join(folder, 'image')),
      {
        ...aws,
        UNITS: 'all',
        SERVER_SECRET: serverSecret,
        MYELIN_SERVER_NAME: 'localhost',
        MYELIN_DATABASE_URL: database.url,
        MYELIN_REDIS_URL: redis.url,
        MYELIN_RATE_LIMITS: 'false',
        MYELIN_MEDIA_S3_BUCKET: need('MediaBucket'),
        MYELIN_MEDIA_S3_ENDPOINT: endpoint,
        MYELIN_MEDIA_S3_FORCE_PATH_STYLE: 'true',
        MYELIN_LOG_LEVEL: 'warn',
      },
      taskPort,
    );
    closers.push(() => task.stop());
    return {
      apiUrl: `${endpoint}/_aws/execute-api/${need('ApiId')}/live`,
      edgeHeaders: (rawUri) => ({ 'x-myelin-raw-uri': rawUri, 'x-myelin-edge-secret': edgeSecret }),
      bucket: need('MediaBucket'),
      queueUrl: need('JobsQueueUrl'),
      region: aws.AWS_REGION,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const credentials = (aws: { AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string }) => ({
  accessKeyId: aws.AWS_ACCESS_KEY_ID,
  secretAccessKey: aws.AWS_SECRET_ACCESS_KEY,
});
