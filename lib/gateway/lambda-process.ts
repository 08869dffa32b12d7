import { deployedConfig, deployedLog } from '../../functions/deployed-config.ts';
import { tellReady, toldToEnd } from '../../functions/parent.ts';
import { isFrontUnit } from '../routing/unit-names.ts';
import { hostLambda, type LambdaFunction } from './lambda-host.ts';
import { streamingRuntime } from './streaming-runtime.ts';

/** A Lambda unit (`LAMBDA=client`) as a process: its handler, called by the gateway with events. */
const unit = process.env['LAMBDA'] ?? '';
if (!isFrontUnit(unit)) throw new Error(`LAMBDA names "${unit}", which is no unit that answers requests.`);
const log = deployedLog(deployedConfig(), [unit]);
Object.assign(globalThis, { awslambda: streamingRuntime });
const { handler } = (await import(`../../functions/${unit}/index.ts`)) as { handler: LambdaFunction };
const host = await hostLambda(handler, (error) => log.error({ err: error }, 'a function failed'));
const end = toldToEnd();
tellReady([host.url]);
await end;
await host.close();
process.exit(0);
