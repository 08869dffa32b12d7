import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A network between two processes that a test can make worse. */
export interface FlakyProxy {
  url: string;
  /** Connections that were made so far. */
  readonly connections: number;
  /** `pass` everything, `deaf`: take requests and never bring an answer, `break`: cut when an answer comes, once. */
  mode: 'pass' | 'deaf' | 'break';
  close(): Promise<void>;
}

/** Stands before a port of the loopback address. */
export async function flakyProxy(port: number): Promise<FlakyProxy> {
  const open = new Set<Socket>();
  const proxy = { mode: 'pass' as FlakyProxy['mode'], connections: 0 };
  const server = createServer((socket) => {
    proxy.connections++;
    const behind = connect(port, '127.0.0.1');
    for (const one of [socket, behind]) {
      open.add(one);
      one.on('error', () => {});
      one.once('close', () => {
        open.delete(one);
        (one === socket ? behind : socket).destroy();
      });
    }
    socket.on('data', (chunk) => behind.write(chunk));
    behind.on('data', (chunk) => {
      if (proxy.mode === 'pass') socket.write(chunk);
      if (proxy.mode !== 'break') return;
      proxy.mode = 'pass';
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const one of open) one.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
