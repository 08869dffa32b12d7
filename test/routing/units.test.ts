import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { PLACEMENTS, type Placement, placementFaults, taskGroups } from '../../functions/placements.ts';
import { parseTaskUnits, UNITS, unitNamesOf } from '../../functions/units.ts';
import { ENDPOINT_TABLE } from '../../lib/routing/endpoint-table.ts';
import { STREAM_NAMES, type UnitStream } from '../../lib/routing/stream-names.ts';
import { declareUnit, type UnitSpec } from '../../lib/routing/unit.ts';
import { UNIT_NAMES } from '../../lib/routing/unit-names.ts';
import { WORKER_TABLE } from '../../lib/routing/worker-table.ts';
import type { StreamName } from '../../lib/streams/stream.ts';

const FUNCTIONS = new URL('../../functions/', import.meta.url);

describe('unit declarations', () => {
  test('there is one per unit name, each in its own folder', () => {
    assert.deepEqual(Object.keys(UNITS), [...UNIT_NAMES]);
    for (const [name, unit] of Object.entries(UNITS)) {
      assert.equal(unit.name, name);
      assert.ok(existsSync(new URL(`${name}/unit.ts`, FUNCTIONS)), name);
    }
  });

  test('every endpoint is served by one unit, and fronts alone have routes', () => {
    assert.equal(
      Object.values(UNITS).reduce((sum, unit) => sum + unit.routes.length, 0),
      ENDPOINT_TABLE.length,
    );
    assert.ok(UNITS.typing.routes.length === 0 && UNITS.typing.writesFor.length === 1);
    assert.ok(UNITS.sync.routes.every((endpoint) => endpoint.serves === 'sync'));
  });

  test('every stream but the shared one has one writer', () => {
    for (const stream of STREAM_NAMES) {
      const writers = Object.values(UNITS).filter((unit) => unit.streamsWritten.includes(stream));
      assert.equal(writers.length, stream === 'caches' ? 0 : 1, stream);
    }
  });

  test('the worker page names the same writers', () => {
    for (const { stream, writes, id } of WORKER_TABLE) {
      if (!stream) continue;
      assert.ok(UNITS[writes[0]!].streamsWritten.includes(stream as UnitStream), `entry ${id}`);
    }
  });

  test('declarations and stream definitions know the same streams', () => {
    const both: Record<StreamName & UnitStream, true> & Record<StreamName | UnitStream, true> = {
      events: true,
      receipts: true,
      account_data: true,
      to_device: true,
      device_lists: true,
      push_rules: true,
      presence: true,
      typing: true,
      federation: true,
      caches: true,
    };
    assert.deepEqual(Object.keys(both).sort(), [...STREAM_NAMES].sort());
  });

  test('contradictions are refused, all at once', () => {
    const { routes: _routes, writesFor: _writesFor, ...spec } = UNITS.client;
    const bad: UnitSpec = {
      ...spec,
      instances: 'singleton',
      streamsFollowed: ['events'],
      scaling: { min: 2, max: 1, signal: 'cpu' },
    };
    assert.throws(
      () => declareUnit(bad),
      /unit client.*min lies above.*keeps no state.*follows no stream.*concurrency is the signal/,
    );
    assert.throws(() => declareUnit({ ...spec, kind: 'task', databasePool: 0 }), /concurrency.*databasePool/);
    assert.throws(() => declareUnit({ ...UNITS.typing, streamsWritten: ['caches'] }), /belongs to everyone/);
  });
});

describe('UNITS of a task', () => {
  test('names any subset of the task units', () => {
    assert.deepEqual(parseTaskUnits('typing, presence,typing'), ['typing', 'presence']);
    assert.deepEqual(parseTaskUnits('all'), unitNamesOf('task'));
  });

  test('is explained when it is wrong', () => {
    assert.throws(() => parseTaskUnits(undefined), /UNITS names no unit\. There are: sync, media/);
    assert.throws(() => parseTaskUnits('typing,client,x'), /"client", "x", which is no task unit/);
  });
});

describe('placements', () => {
  test('those that come with the server can run', () => {
    for (const [name, placement] of Object.entries(PLACEMENTS)) assert.deepEqual(placementFaults(placement), [], name);
    assert.equal(taskGroups(PLACEMENTS.one).length, 1);
    assert.equal(taskGroups(PLACEMENTS.small).length, 5);
    assert.equal(taskGroups(PLACEMENTS.scaled).length, unitNamesOf('task').length);
  });

  test('groups gather their units', () => {
    const writers = taskGroups(PLACEMENTS.small).find((group) => group.name === 'writers');
    assert.deepEqual(writers, {
      name: 'writers',
      units: ['typing', 'to-device', 'account-data', 'receipts', 'presence'],
      count: 1,
    });
  });

  test('what is wrong with a custom one is said in sentences', () => {
    const { typing: _typing, ...rest } = PLACEMENTS.scaled;
    const custom = {
      ...rest,
      client: { group: 'x', count: 1 },
      nothing: { group: 'x', count: 1 },
      background: { group: 'Back', count: 3 },
      receipts: { group: 'pair', count: 1 },
      presence: { group: 'pair', count: 2 },
      sync: { group: 'sync', count: 0.5 },
      pusher: { group: 'pusher', count: 999 },
    } as Placement;
    assert.deepEqual(placementFaults(custom).sort(), [
      'The count of sync is 0.5; it must be a whole number from 1.',
      'The group "Back" of background must be of small letters, digits and hyphens.',
      'The group pair has two counts, 1 and 2.',
      'The unit background works once at a time: 3 instances are more than one and a stand-by.',
      'The unit client is a lambda, it has no place among tasks.',
      'The unit pusher goes up to 8 instances, not 999.',
      'The unit typing has no place: nothing would do its work.',
      'There is no unit nothing.',
    ]);
  });
});
