import { setImmediate } from 'node:timers/promises';
import { type LambdaOptions, lambdaHandler, streamingLambdaHandler } from '../lib/api/http/adapters/lambda.ts';
import type { HttpApp } from '../lib/api/http/adapters/request-meta.ts';
import { emfBackend } from '../lib/observability/emf.ts';
import { createMetrics } from '../lib/observability/metrics.ts';
import { flushTracing } from '../lib/observability/tracing.ts';
import type { UnitName } from '../lib/routing/unit-names.ts';
import { deployedConfig, deployedLog } from './deployed-config.ts';
import { openUnits } from './open-units.ts';

/**
 * The handler of a Lambda unit. What it needs is opened at the first request and kept. With `STREAM_RESPONSES=1` (set
 * where the integration invokes with a response stream) answers stream.
 * @param name the unit
 * @param units units whose endpoints it answers; the fallback answers those of others too
 */
export function lambdaEntry(name: UnitName, units: readonly UnitName[] = [name]): unknown {
  // One dimension only: each combination of endpoint and status would cost as much as a small database.
  const metrics = createMetrics(emfBackend({ unit: name }, undefined, process.env['METRICS_NAMESPACE'], []));
  const report: NonNullable<LambdaOptions['onError']> = (error, meta) =>
    console.error(JSON.stringify({ level: 'error', unit: name, requestId: meta?.requestId, err: String(error) }));
  const source = async (): Promise<HttpApp> => {
    const config = deployedConfig();
    const { app } = await openUnits(units, { config, log: deployedLog(config, [name]), metrics }, [name]);
    const { backend } = metrics;
    return {
      async fetch(request, meta) {
        // While a function stands still its connections may be closed. One turn of the event loop, and it knows.
        await setImmediate();
        return app.fetch(request, meta).finally(() => {
          backend.flush();
          return flushTracing();
        });
      },
    };
  };
  const make = process.env['STREAM_RESPONSES'] === '1' ? streamingLambdaHandler : lambdaHandler;
  const edgeSecret = process.env['MYELIN_LISTEN_EDGE_SECRET'];
  return make(source, { onError: report, ...(edgeSecret ? { edgeSecret } : {}) });
}
