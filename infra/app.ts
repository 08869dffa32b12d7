// The control panel: `npx cdk deploy --all -c stage=dev`. What a stage can be is in stages.ts, each switch with its price.
import { App } from 'aws-cdk-lib';
import { bundleAll } from './bundle.ts';
import { costTable } from './costs/estimate.ts';
import { deployStage } from './deployment.ts';
import { loadStage } from './stages.ts';

const app = new App();

/** Which stage: dev, staging, prod, or a file of your own in infra/stages. */
const name = app.node.tryGetContext('stage') ?? 'dev';
const stage = await loadStage(name).catch((error: Error) => {
  console.error(error.message);
  process.exit(2);
});

/** Lambda bundles; the image is built by Docker when it is deployed. */
const artifacts = await bundleAll(stage.region);

deployStage(app, stage, artifacts);

/** What it costs while nobody is there, before any of it exists. */
if (!stage.local) console.error(costTable(stage, 0));

app.synth();
