/** One e-mail, in both forms. */
export interface MailMessage {
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** Sends e-mail. */
export interface Mail {
  /** Resolves when the next server has accepted the message. Throws when it refuses or cannot be reached in time. */
  send(message: MailMessage): Promise<void>;
}
