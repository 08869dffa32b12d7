import { inProcess } from '../../lib/api/http/adapters/in-process.ts';
import { type AppSource, lambdaHandler } from '../../lib/api/http/adapters/lambda.ts';
import { serveNode } from '../../lib/api/http/adapters/node-server.ts';
import { toRestEvent } from '../../lib/api/http/adapters/rest-event.ts';
import { echoApp } from './echo-app.ts';
import { CLIENT_IP } from './handler-cases.ts';
import { handlerSuite } from './handler-suite.ts';
import { answerOf, buffered, streamed } from './lambda-driver.ts';
import { rawRequest } from './raw-request.ts';

const LAMBDA_LIMIT = 6 * 1_048_576;
const ALB_LIMIT = 1_048_576;

handlerSuite('in-process calls', () => {
  const call = inProcess(echoApp);
  return {
    send: async ({ method, uri, headers, body }) => {
      const pairs = (headers ?? []).map(([name, value]): [string, string] => [name, value]);
      const response = await call(uri, { method, headers: pairs, body, ip: CLIENT_IP });
      const bytes = method === 'HEAD' ? new ArrayBuffer(0) : await response.arrayBuffer();
      return { status: response.status, headers: response.headers, body: Buffer.from(bytes) };
    },
  };
});

handlerSuite('the node server', async () => {
  const server = await serveNode(echoApp, { host: '127.0.0.1', port: 0, trustedProxies: ['127.0.0.1'] });
  return {
    send: (request) => {
      const headers = [...(request.headers ?? []), ['x-forwarded-for', CLIENT_IP] as const];
      return rawRequest(server.port, { ...request, headers });
    },
    close: () => server.close(),
  };
});

handlerSuite('REST API events', () => ({ fidelity: 'rest', limitBytes: LAMBDA_LIMIT, send: buffered('rest') }));
handlerSuite('REST API events, streamed', () => ({ fidelity: 'rest', send: streamed('rest') }));
handlerSuite('HTTP API events', () => ({ fidelity: 'http', limitBytes: LAMBDA_LIMIT, send: buffered('http') }));
handlerSuite('function URL events', () => ({ limitBytes: LAMBDA_LIMIT, send: buffered('function-url') }));
handlerSuite('function URL events, streamed', () => ({ send: streamed('function-url') }));
handlerSuite('load balancer events', () => ({
  fidelity: 'alb',
  limitBytes: ALB_LIMIT,
  oneCookie: true,
  send: buffered('alb'),
}));
handlerSuite('multi-value load balancer events', () => ({
  fidelity: 'alb-multi',
  limitBytes: ALB_LIMIT,
  send: buffered('alb-multi'),
}));

handlerSuite('events that the emulated gateway makes', () => {
  const handler = lambdaHandler(echoApp satisfies AppSource);
  return {
    fidelity: 'rest',
    limitBytes: LAMBDA_LIMIT,
    send: async ({ method, uri, headers, body }) => {
      const wire = { method, rawUri: uri, headers: headers ?? [], body, ip: CLIENT_IP, requestId: 'request-1' };
      return answerOf(await handler(toRestEvent(wire, { stage: 'local', domainName: 'localhost' })));
    },
  };
});
