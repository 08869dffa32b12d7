import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Cache } from '../constructs/cache.ts';
import { Database } from '../constructs/database.ts';
import type { StackSettings } from '../stack-settings.ts';
import type { NetworkStack } from './network.ts';

interface DataSettings extends StackSettings {
  network: NetworkStack;
}

/** What is stateful and lives in the network: the database, and the cache where the stage has one. */
export class DataStack extends Stack {
  readonly database: Database;
  readonly cache?: Cache;

  constructor(scope: Construct, id: string, { stage, network, ...props }: DataSettings) {
    super(scope, id, props);
    const { vpc, firewall } = network;
    this.database = new Database(this, 'Database', { stage, vpc, securityGroup: firewall.database });
    if (stage.cache !== 'none') {
      this.cache = new Cache(this, 'Cache', { stage, vpc, securityGroup: firewall.cache, cache: stage.cache });
    }
  }
}
