import { emfBackend } from '../../lib/observability/emf.ts';
import { Database } from '../../lib/storage/database.ts';
import { readProcessReports } from '../../lib/storage/streams/processes.ts';
import { deployedConfig } from '../deployed-config.ts';
import { UNITS } from '../units.ts';
import { watchUnits } from '../watch-units.ts';

const db = new Database(deployedConfig().databaseUrl ?? '', { poolSize: 1, applicationName: 'myelin-watch' });
/** Called each minute: writes how units are as metrics. */
export async function handler(): Promise<void> {
  const { missing, lag } = watchUnits(Object.values(UNITS), await readProcessReports(db));
  if (missing.length > 0) console.error(JSON.stringify({ level: 'error', msg: 'units without a process', missing }));
  const metrics = emfBackend({}, undefined, process.env['METRICS_NAMESPACE']);
  metrics.gauge({ name: 'units_missing', help: 'Units without a process' }).set(missing.length);
  metrics.gauge({ name: 'lag_max', help: 'Positions behind' }).set(Math.max(0, ...Object.values(lag)));
  const lagOf = metrics.gauge({ name: 'lag', help: 'Positions behind', labels: ['unit'] });
  for (const { name } of Object.values(UNITS).filter((unit) => unit.scaling.signal === 'lag'))
    lagOf.set(lag[name] ?? 0, { unit: name });
  metrics.flush();
}
