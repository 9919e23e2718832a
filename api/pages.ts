/** Pages that people see without the dashboard. They work without JavaScript and load nothing. */

const style = `
  :root { color-scheme: light dark; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center;
         font: 1.0625rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
         background: #f4f5f7; color: #1c2024; }
  main { box-sizing: border-box; width: min(34rem, calc(100% - 2rem)); margin: 2rem 0; padding: 2rem;
         background: #fff; border: 1px solid #d9dce1; border-radius: 0.75rem; }
  h1 { margin: 0 0 0.75rem; font-size: 1.5rem; line-height: 1.25; }
  p { margin: 0 0 1rem; }
  p:last-child { margin: 0; }
  button { font: inherit; font-weight: 600; padding: 0.7rem 1.4rem; border: 0; border-radius: 0.5rem;
           background: #1a56c4; color: #fff; cursor: pointer; }
  button:hover { background: #154699; }
  button:focus-visible { outline: 3px solid #8ab4ff; outline-offset: 2px; }
  label { display: block; margin: 0 0 1rem; }
  input { box-sizing: border-box; display: block; width: 100%; margin-top: 0.25rem; padding: 0.6rem; font: inherit;
          color: inherit; background: transparent; border: 1px solid #8b919a; border-radius: 0.5rem; }
  form + form, form + p, form + h2 { margin-top: 1.5rem; }
  a { color: inherit; }
  [role="alert"] { padding: 0.6rem 0.8rem; border-left: 4px solid #c62828; }
  @media (prefers-color-scheme: dark) {
    body { background: #14171a; color: #e8eaed; }
    main { background: #1d2125; border-color: #363c43; }
  }`;

/** Sent with every page: nothing may be loaded, framed or run; the only form posts back here. */
export const pageSecurityPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** Asks before unsubscribing: link scanners follow links, they do not press buttons. */
export function confirmUnsubscribePage(action: string): string {
  return page(
    "Unsubscribe",
    `<h1>Unsubscribe from these emails?</h1>
    <p>You will not get any more of these emails at the address this link was sent to.</p>
    <form method="post" action="${escapeHtml(action)}">
      <input type="hidden" name="List-Unsubscribe" value="One-Click">
      <button type="submit">Unsubscribe</button>
    </form>`,
  );
}

export function unsubscribedPage(): string {
  return page(
    "You are unsubscribed",
    `<h1>You are unsubscribed</h1>
    <p role="status">No more of these emails will be sent to you. An email that was already on its way may still arrive.</p>`,
  );
}

export function alreadyUnsubscribedPage(): string {
  return page(
    "Already unsubscribed",
    `<h1>You are already unsubscribed</h1>
    <p role="status">These emails are no longer sent to you. There is nothing else to do.</p>`,
  );
}

/** @param text plain text; escaped here. */
export function messagePage(title: string, text: string): string {
  return page(title, `<h1>${escapeHtml(title)}</h1>\n    <p>${escapeHtml(text)}</p>`);
}

/** @param body HTML, in which texts are escaped already */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="robots" content="noindex">
    <title>${escapeHtml(title)}</title>
    <style>${style}
    </style>
  </head>
  <body>
  <main>
    ${body}
  </main>
  </body>
</html>
`;
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
