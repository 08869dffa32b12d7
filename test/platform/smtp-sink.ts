import { type AddressInfo, createServer, type Socket } from 'node:net';

/** An SMTP server that keeps what it is given. */
export interface SmtpSink {
  port: number;
  /** Envelope and raw content of every accepted message. */
  messages: { from: string; to: string[]; content: string }[];
  close(): Promise<void>;
}

/** How a sink misbehaves. */
export interface SinkManners {
  /** Refuses recipients with 550. */
  refuse?: boolean;
  /** Accepts connections and says nothing. */
  silent?: boolean;
}

/** Starts a sink on a free loopback port. */
export async function smtpSink(manners: SinkManners = {}): Promise<SmtpSink> {
  const messages: SmtpSink['messages'] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    if (!manners.silent) converse(socket, messages, manners);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    messages,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function converse(socket: Socket, messages: SmtpSink['messages'], manners: SinkManners): void {
  let buffered = '';
  let content: string[] | undefined;
  let from = '';
  let to: string[] = [];
  const say = (line: string) => socket.write(`${line}\r\n`);

  function command(line: string): void {
    if (/^(EHLO|HELO)/i.test(line)) say('250 sink');
    else if (/^MAIL FROM:/i.test(line)) {
      from = /<(.*)>/.exec(line)?.[1] ?? '';
      to = [];
      say('250 ok');
    } else if (/^RCPT TO:/i.test(line)) {
      to.push(/<(.*)>/.exec(line)?.[1] ?? '');
      say(manners.refuse ? '550 no such mailbox' : '250 ok');
    } else if (/^DATA/i.test(line)) {
      content = [];
      say('354 go on');
    } else if (/^QUIT/i.test(line)) {
      say('221 bye');
      socket.end();
    } else say('502 what?');
  }

  say('220 sink');
  socket.setEncoding('utf8').on('data', (data: string) => {
    buffered += data;
    for (let end = buffered.indexOf('\r\n'); end >= 0; end = buffered.indexOf('\r\n')) {
      const line = buffered.slice(0, end);
      buffered = buffered.slice(end + 2);
      if (!content) command(line);
      else if (line !== '.') content.push(line.replace(/^\.\./, '.'));
      else {
        messages.push({ from, to, content: content.join('\r\n') });
        content = undefined;
        say('250 kept');
      }
    }
  });
}
