import type { Transporter } from 'nodemailer';
import type { Mail, MailMessage } from '../mail.ts';

/** Settings of {@link SmtpMail}. */
export interface SmtpOptions {
  host: string;
  port: number;
  /** True: from the first byte; `starttls`: required after connecting; false: only where the way is private. */
  tls: boolean | 'starttls';
  /** Sender, such as `Myelin <noreply@example.org>`. */
  from: string;
  username?: string;
  password?: string;
  /** Most time for connecting, and for each answer. Milliseconds; default 20 s. */
  timeoutMs?: number;
}

/** Hands messages to an SMTP server (of Amazon SES, too). */
export class SmtpMail implements Mail {
  readonly #options: SmtpOptions;
  #transport: Promise<Transporter> | undefined;

  constructor(options: SmtpOptions) {
    this.#options = options;
  }

  async send(message: MailMessage): Promise<void> {
    if (/[\r\n,;<>]/.test(message.to)) throw new Error('not one e-mail address');
    this.#transport ??= openTransport(this.#options);
    await (await this.#transport).sendMail({
      from: this.#options.from,
      to: { name: '', address: message.to },
      subject: message.subject,
      text: message.text,
      html: message.html,
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
  }
}

/** Loaded with the first message: most processes never send one. */
async function openTransport(options: SmtpOptions): Promise<Transporter> {
  const { createTransport } = (await import('nodemailer')).default;
  const timeout = options.timeoutMs ?? 20_000;
  return createTransport({
    host: options.host,
    port: options.port,
    secure: options.tls === true,
    requireTLS: options.tls === 'starttls',
    ignoreTLS: options.tls === false,
    auth: options.username === undefined ? undefined : { user: options.username, pass: options.password ?? '' },
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    dnsTimeout: timeout,
    // A message's fields never name files or URLs to read.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}
