import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { emfBackend } from '../../lib/observability/emf.ts';
import { createMetrics } from '../../lib/observability/metrics.ts';
import { prometheusBackend } from '../../lib/observability/prometheus.ts';

describe('metrics for Prometheus', () => {
  test('shows the standard instruments with their labels', async () => {
    const backend = prometheusBackend({ units: 'client' });
    const metrics = createMetrics(backend);
    metrics.httpRequests.observe(0.003, { endpoint: 'PUT /send', unit: 'client', status: '200' });
    metrics.streamPosition.set(42, { stream: 'events', role: 'reader' });
    metrics.persistBatchSize.observe(16);
    metrics.persistBatchDuration.observe(0.02);
    const text = await backend.render();
    const labels = 'units="client",endpoint="PUT /send",unit="client",status="200"';
    assert.ok(text.includes(`myelin_http_request_duration_seconds_count{${labels}} 1`), text.slice(-3_000));
    assert.match(text, /myelin_http_request_duration_seconds_bucket\{le="0\.005",.*\} 1/);
    assert.match(text, /myelin_http_request_duration_seconds_bucket\{le="0\.0025",.*\} 0/);
    assert.match(text, /myelin_stream_position\{stream="events",role="reader",units="client"\} 42/);
    assert.match(text, /myelin_persist_batch_commands_sum\{units="client"\} 16/);
    assert.match(text, /nodejs_eventloop_lag_seconds/);
    assert.match(backend.contentType, /^text\/plain/);
    backend.close();
  });

  test('one name is one metric, however often it is asked for', async () => {
    const backend = prometheusBackend();
    for (let i = 0; i < 2; i++) backend.counter({ name: 'twice_total', help: 'h', labels: ['a'] }).inc({ a: 'x' }, 2);
    assert.match(await backend.render(), /twice_total\{a="x"\} 4/);
    backend.close();
  });

  test('two backends are apart', async () => {
    const [one, two] = [prometheusBackend(), prometheusBackend()];
    one.counter({ name: 'mine_total', help: 'h' }).inc();
    assert.ok(!(await two.render()).includes('mine_total'));
    one.close();
    two.close();
  });
});

describe('metrics as embedded metric lines', () => {
  function capture() {
    const lines: string[] = [];
    const backend = emfBackend({ unit: 'client' }, (line) => void lines.push(line));
    const parsed = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    return { backend, lines, parsed };
  }

  test('gathers until flushed: counters sum, gauges keep the last, histograms keep all', () => {
    const { backend, lines, parsed } = capture();
    const counter = backend.counter({ name: 'sent_total', help: 'h', labels: ['kind'] });
    counter.inc({ kind: 'a' });
    counter.inc({ kind: 'a' }, 4);
    counter.inc({ kind: 'b' });
    const gauge = backend.gauge({ name: 'depth', help: 'h' });
    gauge.set(7);
    gauge.set(3);
    const histogram = backend.histogram({ name: 'took_seconds', help: 'h' });
    histogram.observe(0.1);
    histogram.observe(0.2);
    assert.deepEqual(lines, []);
    backend.flush();
    const shown = parsed().map(({ _aws, ...rest }) => rest);
    assert.deepEqual(shown, [
      { unit: 'client', kind: 'a', sent_total: 5 },
      { unit: 'client', kind: 'b', sent_total: 1 },
      { unit: 'client', depth: 3 },
      { unit: 'client', took_seconds: [0.1, 0.2] },
    ]);
    backend.flush();
    assert.equal(lines.length, 4);
  });

  test('describes each metric to CloudWatch', () => {
    const { backend, lines, parsed } = capture();
    createMetrics(backend).httpRequests.observe(0.5, { endpoint: 'GET /sync', unit: 'sync', status: '200' });
    backend.flush();
    assert.ok(lines[0]!.endsWith('\n'));
    const { _aws } = parsed()[0] as { _aws: { Timestamp: number; CloudWatchMetrics: unknown } };
    assert.ok(Math.abs(_aws.Timestamp - Date.now()) < 5_000);
    assert.deepEqual(_aws.CloudWatchMetrics, [
      {
        Namespace: 'Myelin',
        Dimensions: [['unit', 'endpoint', 'status']],
        Metrics: [{ Name: 'myelin_http_request_duration_seconds', Unit: 'Seconds' }],
      },
    ]);
  });

  test('puts no more than a hundred values on a line', () => {
    const { backend, parsed } = capture();
    const histogram = backend.histogram({ name: 'size_bytes', help: 'h' });
    for (let i = 0; i < 150; i++) histogram.observe(i);
    backend.close();
    assert.deepEqual(
      parsed().map((line) => (line['size_bytes'] as number[]).length),
      [100, 50],
    );
  });

  test('is not scraped', async () => {
    assert.equal(await capture().backend.render(), '');
  });
});
