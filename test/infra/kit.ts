import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Artifacts } from '../../infra/artifacts.ts';
import { deployStage } from '../../infra/deployment.ts';
import type { Stage } from '../../infra/stages.ts';

/** One resource of a template. */
export interface Resource {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: every type of resource has its own
  Properties: any;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  DependsOn?: string | string[];
}

/** A synthesized stage. */
export interface Synthesized {
  app: App;
  stacks: Stack[];
  /** By the last part of the stack's name, such as `edge`. */
  templates: Record<string, Record<string, unknown>>;
  /** Every resource of every stack. */
  resources: { stack: string; id: string; resource: Resource }[];
  of(type: string): { stack: string; id: string; resource: Resource }[];
}

const folder = mkdtempSync(join(tmpdir(), 'myelin-infra-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Stands for what is deployed: templates know no more of it than a hash. */
function placeholder(name: string, file: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, file), '// stands for a bundle\n');
  return path;
}

const artifacts: Artifacts = {
  helper: placeholder('helper', 'index.mjs'),
  lambdas: Object.fromEntries(
    ['client', 'federation', 'keys', 'login', 'watch'].map((name) => [name, placeholder(name, 'index.mjs')]),
  ),
  imageContext: placeholder('image', 'Dockerfile'),
};

const CDK_JSON = fileURLToPath(new URL('../../cdk.json', import.meta.url));

/** The stacks of a stage as CloudFormation would get them. Needs no credentials. */
export function synthesize(stage: Stage): Synthesized {
  const { context } = JSON.parse(readFileSync(CDK_JSON, 'utf8')) as { context: Record<string, unknown> };
  const app = new App({ context, outdir: mkdtempSync(join(folder, 'cdk-')) });
  const stacks = deployStage(app, stage, artifacts);
  const templates = Object.fromEntries(
    stacks.map((stack) => [stack.stackName.split('-').at(-1)!, Template.fromStack(stack).toJSON()]),
  );
  const resources = Object.entries(templates).flatMap(([stack, template]) =>
    Object.entries((template['Resources'] ?? {}) as Record<string, Resource>).map(([id, resource]) => ({
      stack,
      id,
      resource,
    })),
  );
  return {
    app,
    stacks,
    templates,
    resources,
    of: (type) => resources.filter(({ resource }) => resource.Type === type),
  };
}
