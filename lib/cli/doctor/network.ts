import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Config } from '../../config/config.ts';
import { runningServer } from '../data-lock.ts';
import { sentencesOf } from '../failure.ts';
import { bad, type Finding, note, ok } from './check.ts';

function tryToListen(host: string, port: number): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** Whether the ports are free, or held by this very server. */
export async function checkPorts(config: Config): Promise<Finding[]> {
  const { host, httpPort, httpsPort } = config.listen;
  const running = await runningServer(config.dataDirectory);
  const findings: Finding[] = [];
  for (const port of [httpPort, httpsPort]) {
    if (port === undefined || port === 0) continue;
    const where = `${host}:${port}`;
    const error = await tryToListen(host, port);
    if (error === undefined) findings.push(ok('port', `${where} is free.`));
    else if (running !== undefined)
      findings.push(ok('port', `${where} is in use; this server runs (pid ${running.pid}).`));
    else findings.push(bad('port', `${sentencesOf(error)[0]}. Choose another with --port or listen.httpPort.`));
  }
  return findings;
}

const dayMs = 86_400_000;

/** Whether the certificate is one for this server, and for how long. */
export async function checkCertificate(config: Config): Promise<Finding[]> {
  const { certFile, keyFile } = config.tls;
  if (certFile === undefined || keyFile === undefined) return [];
  try {
    const certificate = new X509Certificate(await readFile(certFile));
    await readFile(keyFile);
    const days = Math.floor((Date.parse(certificate.validTo) - Date.now()) / dayMs);
    if (days < 0) return [bad('certificate', `${certFile} ended on ${certificate.validTo}.`)];
    const sentence = `${certFile} holds for ${days} days.`;
    return [days < 14 ? note('certificate', `${sentence} Renew it.`) : ok('certificate', sentence)];
  } catch (error) {
    return [bad('certificate', `${(error as Error).message}.`)];
  }
}

/** What the name means for other servers and for users. */
export function checkServerName(config: Config): Finding {
  const { serverName } = config;
  const local = /^(?:localhost|127\.|\[::1\])/.test(serverName);
  return local
    ? note(
        'server name',
        `"${serverName}" is for trying out: no other server can reach it, and it cannot be changed later.`,
      )
    : ok('server name', `Users are called @name:${serverName}.`);
}
