import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { PLACEMENTS } from '../../functions/placements.ts';
import { connectionBudget } from '../../infra/connection-budget.ts';
import { costTable, monthlyCost } from '../../infra/costs/estimate.ts';
import { PRICES } from '../../infra/costs/prices.ts';
import { stageFaults, taskSizeFor } from '../../infra/stage-faults.ts';
import local from '../../infra/stages/local.ts';
import { dev, loadStage, prod, type Stage, staging } from '../../infra/stages.ts';

const faultsOf = (change: Partial<Stage>) => stageFaults({ ...dev, ...change });

describe('stages', () => {
  test('those that come along can be deployed', () => {
    for (const stage of [dev, staging, prod, local]) assert.deepEqual(stageFaults(stage), [], stage.name);
  });

  test('every switch has a comment, a default and a price', () => {
    const text = readFileSync(new URL('../../infra/stages.ts', import.meta.url), 'utf8');
    const body = text.slice(text.indexOf('export interface Stage {'), text.indexOf('/** What a stage starts from'));
    const switches = [...body.matchAll(/(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)?\n\s*(\w+)\??: [^;{]*[;{]/g)];
    assert.ok(switches.length >= 35, `${switches.length} switches found`);
    let doc = '';
    for (const [, comment, name] of switches) {
      // Two that belong together share one comment, as do the members of a section that has its own lines.
      doc = comment ?? doc;
      if (['database', 'hostedZone'].includes(name!)) continue;
      assert.match(doc, /@default/, `${name} has a default`);
      assert.match(doc, /Price: /, `${name} has a price`);
    }
  });

  test('one of your own is a file', async () => {
    assert.equal((await loadStage('local')).name, 'local');
    await assert.rejects(
      loadStage('nowhere'),
      /There is no stage "nowhere": dev, staging, prod, or a file infra\/stages\/nowhere\.ts/,
    );
    await assert.rejects(loadStage('../stages/local'), /There is no stage/);
  });

  test('a mistake is a sentence that names the switch', () => {
    const cases: [Partial<Stage>, RegExp][] = [
      [{ name: 'A stage' }, /^name is "A stage"/],
      [{ region: 'europe' }, /^region is "europe"/],
      [{ cidr: '10.0.0.0/24' }, /^cidr is/],
      [{ account: '12' }, /^account must be 12 digits/],
      [{ budgetUsd: 50 }, /^budgetUsd needs alarmEmail/],
      [{ domain: { name: 'example.org' } }, /^domain needs certificateArn/],
      [{ domain: { name: 'not a host', certificateArn: 'arn:aws:acm:us-east-1:1:certificate/a' } }, /is no host name/],
      [
        { domain: { name: 'a.example.org', certificateArn: 'arn:aws:acm:eu-west-1:1:certificate/a' } },
        /must be of us-east-1/,
      ],
      [
        { domain: { name: 'a.example.org', hostedZone: { id: 'Z', name: 'example.org' } }, region: 'eu-west-1' },
        /not in eu-west-1/,
      ],
      [{ waf: true, region: 'eu-west-1' }, /^waf is for us-east-1/],
      [
        { taskSizes: { all: { cpu: 256, memoryMiB: 4096 } } },
        /^taskSizes.all: 256 processor units go with 512 to 2048/,
      ],
      [{ taskSizes: { al: { cpu: 256, memoryMiB: 1024 } } }, /^taskSizes.al: the placement has no such group/],
      [{ database: { ...dev.database, storageGiB: 5 } }, /^database.storageGiB/],
      [{ database: { ...dev.database, backupDays: 0 } }, /^database.backupDays/],
      [{ database: { ...dev.database, maxConnections: 5_000 } }, /a t4g.micro bears 112/],
      [{ placement: 'small', taskSizes: {}, database: staging.database }, /^cache "none" goes with one task group/],
      [
        { placement: { ...PLACEMENTS.one, typing: { group: 'all', count: 3 } } },
        /^The unit typing works once at a time|two counts/,
      ],
      [{ sleep: { from: 3, to: 3 } }, /^sleep.from and sleep.to/],
      [{ config: { email: { smtpHost: 'mail.example.org' } } }, /^config.email needs nat/],
      [{ config: { serverNam: 'x' } as never }, /^config: .*serverNam/],
    ];
    for (const [change, sentence] of cases) assert.match(faultsOf(change).join('\n'), new RegExp(sentence, 'm'));
  });
});

describe('the connection budget', () => {
  test('is refused when over, with every line of it', async () => {
    const [fault = ''] = faultsOf({ lambdaConcurrency: { ...dev.lambdaConcurrency, client: 80 } });
    assert.match(fault, /^the connection budget is \d+, but database.maxConnections is 100 \(all: 1 tasks and 1 more/);
    assert.match(fault, /client: 80 at a time = 80/);
  });

  test('counts what can be open at once: more of anything is never less', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), fc.integer({ min: 1, max: 4 }), (client, more, scaleOut) => {
        const budget = (stage: Stage) => connectionBudget(stage).total;
        const base = { ...prod, scaleOut, lambdaConcurrency: { ...prod.lambdaConcurrency, client } };
        const larger = { ...base, lambdaConcurrency: { ...base.lambdaConcurrency, client: client + more } };
        assert.equal(budget(larger) - budget(base), more);
        assert.ok(budget({ ...base, scaleOut: scaleOut + 1 }) >= budget(base));
      }),
    );
  });

  test('of each stage lies below what its instance bears', () => {
    for (const stage of [dev, staging, prod]) {
      const { total, limit, lines } = connectionBudget(stage);
      assert.ok(total <= limit, `${stage.name}: ${total} of ${limit}`);
      assert.equal(
        total,
        lines.reduce((sum, line) => sum + line.connections, 0),
      );
    }
  });
});

describe('costs', () => {
  test('the stage with one task stands for at most $45 a month', () => {
    const { total, lines } = monthlyCost(dev, 0);
    assert.ok(total <= 45, `$${total.toFixed(2)}`);
    assert.ok(lines.length >= 6);
  });

  test('users cost, more users cost more, and a sleeping stage less', () => {
    assert.ok(monthlyCost(dev, 100).total >= monthlyCost(dev, 0).total);
    assert.ok(monthlyCost(prod, 10_000).total > monthlyCost(prod, 1_000).total);
    assert.ok(monthlyCost({ ...dev, sleep: { from: 22, to: 6 } }, 0).total < monthlyCost(dev, 0).total - 5);
  });

  test('the table says of when its prices are, and adds up', () => {
    const text = costTable(staging, 50);
    assert.match(text, new RegExp(PRICES.date));
    const amounts = text
      .split('\n')
      .slice(1)
      .map((line) => Number(line.trim().split(/\s+/).at(-1)));
    const total = amounts.pop()!;
    assert.ok(Math.abs(amounts.reduce((sum, dollars) => sum + dollars, 0) - total) < 0.2);
  });

  test('the pages that name amounts name these', () => {
    const page = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
    const rounded = (dollars: number) => `$${Math.round(dollars).toLocaleString('en-US')}`;
    for (const stage of [dev, staging, prod]) {
      const row = page('README.md').match(new RegExp(`^\\| \`${stage.name}\`.*$`, 'm'))?.[0] ?? '';
      const cells = row.split('|').slice(2, 6);
      assert.equal(cells[0]?.trim(), rounded(monthlyCost(stage, 0).total), row);
      for (const [index, users] of [100, 1_000, 10_000].entries()) {
        const cell = cells[index + 1]?.trim();
        if (cell) assert.equal(cell, rounded(monthlyCost(stage, users).total), row);
      }
      assert.ok(
        page('docs/deploy.md').includes(`$${monthlyCost(stage, 0).total.toFixed(2)}`),
        `${stage.name} in deploy.md`,
      );
    }
    assert.ok(page('docs/deploy.md').includes(costTable(dev, 0)));
    assert.ok(page('README.md').includes(PRICES.date));
  });

  test('what has no price is no silent zero', () => {
    assert.throws(
      () => monthlyCost({ ...dev, database: { ...dev.database, instance: 'x9z.huge' } }, 0),
      /no price of db\.x9z\.huge/,
    );
    assert.throws(
      () => monthlyCost({ ...staging, cache: { node: 'cache.none', replicas: 0 } }, 0),
      /no price of cache\.none/,
    );
  });

  test('a task is of a size that Fargate sells, and not smaller than asked', () => {
    fc.assert(
      fc.property(fc.integer({ min: 128, max: 61_440 }), (memory) => {
        const { cpu, memoryMiB } = taskSizeFor(memory);
        assert.ok(memoryMiB >= memory);
        assert.deepEqual(faultsOf({ taskSizes: { all: { cpu, memoryMiB } } }), []);
      }),
    );
  });
});
