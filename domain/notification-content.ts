import type { Severity } from "./notification-kinds.js";

/** Of what a message is made. */
export interface ToldNotification {
  title: string;
  text: string;
  severity: Severity;
  /** `*`: of the platform. */
  tenantId: string;
  createdAt: Date;
}

export interface Headline {
  title: string;
  body: string;
}

/** A push service takes 4,096 bytes in all (RFC 8030, 7.2; APNs and FCM alike). */
const longestTitle = 120;
const longestBody = 600;
/** Named of a group; the rest is counted. */
const mostNamed = 4;

/** For a screen that is locked: what it is in a line or two. */
export function toHeadline(told: readonly ToldNotification[]): Headline {
  const [first] = told;
  if (!first || told.length === 1)
    return { title: cut(first?.title ?? "", longestTitle), body: cut(first?.text ?? "", longestBody) };
  const named = told.slice(0, mostNamed).map(({ title }) => title);
  const more = told.length - named.length;
  const lines = [...new Set(named), ...(more > 0 ? [`and ${more} more`] : [])];
  return { title: `${told.length} notifications`, body: cut(lines.join("\n"), longestBody) };
}

export interface EmailContent {
  subject: string;
  text: string;
  html: string;
}

/** @param inboxUrl where all of it can be read; @param timeZone of the reader */
export function toEmail(
  told: readonly ToldNotification[],
  { inboxUrl, timeZone }: { inboxUrl: string; timeZone: string },
): EmailContent {
  const [first] = told;
  const subject = told.length === 1 ? subjectOf(first) : `${told.length} notifications${gravest(told)}`;
  const when = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone });
  const about = (one: ToldNotification): string =>
    [
      one.severity,
      ...(one.tenantId === "*" ? [] : [one.tenantId]),
      `${when.format(one.createdAt)} ${timeZone}`,
    ].join(" · ");
  const text = told.map((one) => `${one.title}\n${one.text}\n(${about(one)})`).join("\n\n");
  const items = told.map(
    (one) => `<div style="border-left:4px solid ${colours[one.severity]};padding:0 0 0 12px;margin:0 0 20px">
<h2 style="font-size:16px;margin:0 0 4px">${escape(one.title)}</h2>
<p style="margin:0 0 4px;white-space:pre-line">${escape(one.text)}</p>
<p style="margin:0;color:#667085;font-size:13px">${escape(about(one))}</p>
</div>`,
  );
  const link = escape(inboxUrl);
  return {
    subject: cut(subject.replaceAll(/[\r\n]+/g, " "), 200),
    text: `${text}\n\n-- \nAll notifications, and which of them are sent to you: ${inboxUrl}\n`,
    html: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(subject)}</title></head>
<body style="font:15px/1.5 system-ui,sans-serif;color:#101828;max-width:600px;margin:0 auto;padding:24px">
${items.join("\n")}
<p style="color:#667085;font-size:13px"><a href="${link}">All notifications</a>, and which of them are sent to you.</p>
</body></html>
`,
  };
}

const colours: Record<Severity, string> = { info: "#2e90fa", warning: "#f79009", critical: "#d92d20" };

function subjectOf(one: ToldNotification | undefined): string {
  if (!one) return "";
  return one.severity === "critical" ? `Critical: ${one.title}` : one.title;
}

function gravest(told: readonly ToldNotification[]): string {
  const warnings = told.filter(({ severity }) => severity !== "info").length;
  return warnings === 0 ? "" : `, ${warnings} of them warnings`;
}

function cut(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
