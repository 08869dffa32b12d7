import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AwsSolutionsChecks, type NagPack, ServerlessChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { type Because, reasonsOn } from '../../infra/nag.ts';
import { dev, prod, type Stage, staging } from '../../infra/stages.ts';
import { synthesize } from './kit.ts';

interface Finding {
  rule: string;
  path: string;
}

/** The rule without what it found: `AwsSolutions-IAM5[Resource::*]` is `AwsSolutions-IAM5`. */
const ruleOf = (id: string) => id.replace(/\[[\s\S]*$/, '');

function findings(pack: NagPack, scope: IConstruct): Finding[] {
  return pack
    .validateScope(scope)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => ({ rule: ruleName, path: constructPath ?? '' })),
    );
}

/** Every reason with the path that it was given for. */
function reasons(scope: IConstruct): (Because & { path: string; used: boolean })[] {
  return scope.node
    .findAll()
    .flatMap((construct) =>
      reasonsOn(construct).map((reason) => ({ ...reason, path: construct.node.path, used: false })),
    );
}

/** Findings that nothing explains, and reasons that explain nothing. */
function review(stage: Stage): { unexplained: string[]; idle: string[]; short: string[] } {
  const { app } = synthesize(stage);
  const given = reasons(app);
  const unexplained: string[] = [];
  for (const finding of [...findings(new AwsSolutionsChecks(), app), ...findings(new ServerlessChecks(), app)]) {
    const holds = given.filter(
      ({ id, path }) => id === ruleOf(finding.rule) && (finding.path === path || finding.path.startsWith(`${path}/`)),
    );
    for (const reason of holds) reason.used = true;
    if (holds.length === 0) unexplained.push(`${finding.path}: ${finding.rule}`);
  }
  const idle = given.filter(({ used }) => !used).map(({ id, path }) => `${path}: ${id}`);
  const short = given
    .filter(({ reason }) => !/^[A-Z].{30,}\.$/.test(reason))
    .map(({ id, reason }) => `${id}: ${reason}`);
  return { unexplained: [...new Set(unexplained)], idle: [...new Set(idle)], short: [...new Set(short)] };
}

describe('cdk-nag: AwsSolutions and Serverless', () => {
  const shapes: Stage[] = [
    dev,
    staging,
    prod,
    { ...prod, name: 'nat', nat: 'instance', traces: true, alarmEmail: 'ops@example.org' },
  ];
  for (const stage of shapes) {
    test(`the stage ${stage.name} has no finding without a reason, and no reason without a finding`, () => {
      assert.deepEqual(review(stage), { unexplained: [], idle: [], short: [] });
    });
  }
});
