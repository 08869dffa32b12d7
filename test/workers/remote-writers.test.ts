import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inProcess } from '../../lib/api/http/adapters/in-process.ts';
import { buildApp } from '../../lib/api/http/app.ts';
import type { OpenContext } from '../../lib/domain/create-context.ts';
import { FRONT_UNITS } from '../../lib/routing/unit-names.ts';
import { clientsOf } from '../kit/server.ts';
import { type Cluster, cluster } from './cluster.ts';

describe('writers in other processes', () => {
  let all: Cluster;
  let front: OpenContext;
  before(async () => {
    all = await cluster();
    await all.openPlacement('small');
    front = await all.open(FRONT_UNITS);
  });
  after(() => all.close());

  test('a front that owns nothing answers everything', async () => {
    const { user } = clientsOf(front, inProcess(buildApp(front, FRONT_UNITS)));
    const alice = await user('alice');
    const room = await alice.call('POST', '/createRoom', {});
    assert.equal(room.status, 200, JSON.stringify(room.body));
    const roomId = encodeURIComponent(room.body.room_id);
    const sent = await alice.call('PUT', `/rooms/${roomId}/send/m.room.message/1`, { body: 'x', msgtype: 'm.text' });
    assert.equal(sent.status, 200, JSON.stringify(sent.body));
    const again = await alice.call('PUT', `/rooms/${roomId}/send/m.room.message/1`, { body: 'x', msgtype: 'm.text' });
    assert.equal(again.body.event_id, sent.body.event_id);
    const typing = await alice.call('PUT', `/rooms/${roomId}/typing/@alice:localhost`, { typing: true, timeout: 5000 });
    assert.equal(typing.status, 200);
    const sync = await alice.call('GET', '/sync');
    assert.equal(sync.body.rooms.join[room.body.room_id].timeline.events.at(-1).event_id, sent.body.event_id);
  });
});
