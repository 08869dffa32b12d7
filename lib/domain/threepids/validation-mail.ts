import type { MailMessage } from '../../platform/mail.ts';
import type { ThreepidPurpose } from '../../storage/threepids/sessions.ts';

interface Words {
  subject: string;
  /** What happens when the link is followed. */
  reason: string;
  button: string;
}

const WORDS: Record<ThreepidPurpose, (server: string) => Words> = {
  add: (server) => ({
    subject: `Confirm your e-mail address for ${server}`,
    reason: `Somebody, probably you, wants to add this address to an account at ${server}. To confirm that it is yours, open this link:`,
    button: 'Confirm the address',
  }),
  register: (server) => ({
    subject: `Confirm your e-mail address to register at ${server}`,
    reason: `Somebody, probably you, registers an account at ${server} with this address. To go on, open this link:`,
    button: 'Confirm the address',
  }),
  password: (server) => ({
    subject: `Reset your password at ${server}`,
    reason: `Somebody, probably you, wants to set a new password for your account at ${server}. To allow that, open this link:`,
    button: 'Reset the password',
  }),
};

/** The mail with the link that validates an address. The link is the first that its text holds. */
export function validationMail(to: string, purpose: ThreepidPurpose, link: string, serverName: string): MailMessage {
  const { subject, reason, button } = WORDS[purpose](serverName);
  const ending = 'It works for one hour. If this was not you, do nothing: without the link nothing happens.';
  return {
    to,
    subject,
    text: `Hello,\n\n${reason}\n\n${link}\n\n${ending}\n`,
    html: `<!doctype html>
<html lang="en"><body style="font-family: sans-serif">
<p>Hello,</p>
<p>${escapeHtml(reason)}</p>
<p><a href="${escapeHtml(link)}">${button}</a></p>
<p>${ending}</p>
</body></html>
`,
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
