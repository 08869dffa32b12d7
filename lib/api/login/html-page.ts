/**
 * A page for a browser that loads nothing and sits in no frame.
 * @param body HTML
 * @param policy further directives of the content security policy, each after `; `
 */
export function htmlPage(status: number, title: string, body: string, policy = ''): Response {
  const text = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title></head><body><h1>${title}</h1>${body}</body></html>`;
  return new Response(text, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'${policy}`,
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    },
  });
}

/** Text as HTML, also inside quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
