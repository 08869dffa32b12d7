import { readFileSync } from 'node:fs';
import { deployedConfig, deployedLog } from '../../functions/deployed-config.ts';
import { tellReady, toldToEnd } from '../../functions/parent.ts';
import { type GatewayListener, openGateway } from './gateway.ts';
import type { TargetsMessage } from './targets.ts';

/** The gateway as a process of its own: listens as `listen` and `tls` say, and hears from its parent where units are. */
const config = deployedConfig();
const log = deployedLog(config, []);
const { listen, tls } = config;
const listeners: GatewayListener[] = [{ host: listen.host, port: listen.httpPort }];
if (listen.httpsPort !== undefined && tls.certFile && tls.keyFile) {
  const pair = { cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) };
  listeners.push({ host: listen.host, port: listen.httpsPort, tls: pair });
}
try {
  const gateway = await openGateway({
    listeners,
    serverName: config.serverName,
    trustedProxies: listen.trustedProxies,
    onError: (error) => log.error({ err: error }, 'a request broke off at the gateway'),
  });
  process.on('message', (message: TargetsMessage) => {
    if (message.type === 'targets') gateway.targets.set(message.targets);
  });
  const end = toldToEnd();
  tellReady(gateway.urls);
  await end;
  await gateway.close();
  process.exit(0);
} catch (error) {
  log.fatal({ err: error }, 'the gateway cannot run');
  process.exit(1);
}
