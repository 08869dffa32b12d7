import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A notification as a push gateway got it. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
export type Notification = any;

/** A push gateway on this machine. */
export interface TestGateway {
  url: string;
  received: Notification[];
  /** Answers the next requests; `hang` never does. Default: 200 `{}`. */
  answer: (notification: Notification) => { status: number; body: unknown } | 'hang';
  /** The first notification that fits, waited for if it is not there yet. */
  wait(fits: (notification: Notification) => boolean, what: string): Promise<Notification>;
  close(): Promise<void>;
}

/** Starts a push gateway. */
export async function testGateway(): Promise<TestGateway> {
  const waiting = new Set<() => void>();
  const gateway: TestGateway = {
    url: '',
    received: [],
    answer: () => ({ status: 200, body: {} }),
    async wait(fits, what) {
      const until = Date.now() + 10_000;
      for (;;) {
        const found = gateway.received.find(fits);
        if (found) return found;
        if (Date.now() > until) throw new Error(`not pushed: ${what}; got ${JSON.stringify(gateway.received)}`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 500);
          waiting.add(() => {
            clearTimeout(timer);
            resolve();
          });
        });
      }
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const { notification } = JSON.parse(text);
      gateway.received.push(notification);
      const answer = gateway.answer(notification);
      for (const wake of waiting) wake();
      waiting.clear();
      if (answer === 'hang') return;
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  gateway.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/_matrix/push/v1/notify`;
  return gateway;
}

/** Body of `POST /pushers/set` for a gateway. */
export function pusherBody(url: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    kind: 'http',
    app_id: 'org.example.app',
    pushkey: 'key',
    app_display_name: 'App',
    device_display_name: 'Phone',
    lang: 'en',
    data: { url, extra: 'kept' },
    ...more,
  };
}
