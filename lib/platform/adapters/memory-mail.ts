import type { Mail, MailMessage } from '../mail.ts';

/** Keeps messages in memory: for tests, and for a server without e-mail to see what it would send. */
export class MemoryMail implements Mail {
  readonly sent: MailMessage[] = [];

  async send(message: MailMessage): Promise<void> {
    this.sent.push({ ...message });
  }
}
