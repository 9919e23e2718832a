import type { BounceClass } from "../../domain/bounces.js";

/** What each system writes for a delivery that failed, by its documented format. */
export interface Sample {
  system: string;
  status: string;
  diagnostic: string;
  bounceClass: BounceClass;
}

export const dsnSamples: Sample[] = [
  sample(
    "Postfix",
    "5.1.1",
    "smtp; 550 5.1.1 <a@b.example>: Recipient address rejected: User unknown",
    "hard",
  ),
  sample("Exim", "5.0.0", "smtp; 550 No such user here", "hard"),
  sample("sendmail", "5.1.1", "SMTP; 550 5.1.1 <a@b.example>... User unknown", "hard"),
  sample("Exchange 2016", "5.1.1", "smtp;550 5.1.1 RESOLVER.ADR.RecipNotFound; not found", "hard"),
  sample(
    "Microsoft 365",
    "5.1.10",
    "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    "hard",
  ),
  sample(
    "Gmail",
    "5.1.1",
    "smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking.",
    "hard",
  ),
  sample("Yahoo", "5.0.0", "smtp; 554 delivery error: dd This user doesn't have a yahoo.com account", "hard"),
  sample("Outlook.com", "5.5.0", "smtp;550 5.5.0 Requested action not taken: mailbox unavailable", "hard"),
  sample("iCloud", "5.2.2", "smtp; 552 5.2.2 <a@icloud.com>: user is over quota", "soft"),
  sample("Zoho", "5.1.1", "smtp; 550 5.1.1 User does not exist - <a@b.example>", "hard"),
  sample("Proofpoint", "5.1.1", "smtp; 550 5.1.1 User Unknown", "hard"),
  sample(
    "Mimecast",
    "5.7.1",
    "smtp; 550 Rejected by header based manually Blocked Senders: blocked",
    "policy",
  ),
  sample(
    "Barracuda",
    "5.7.1",
    "smtp; 554 Service unavailable; blocked using b.barracudacentral.org",
    "policy",
  ),
  sample("Amazon SES", "5.1.1", "smtp; 550 5.1.1 user unknown", "hard"),
  sample("IronPort", "5.1.0", "smtp; 5.1.0 - Unknown address error 550-'No such user'", "hard"),
  sample("OpenSMTPD", "5.1.1", "smtp; 550 5.1.1 Destination address invalid: <a@b.example>", "hard"),
  sample("Courier", "5.0.0", "smtp; 550 User unknown.", "hard"),
  sample("Postfix, given up", "4.4.1", "X-Postfix; connect to b.example[192.0.2.1]:25: timed out", "soft"),
];

function sample(system: string, status: string, diagnostic: string, bounceClass: BounceClass): Sample {
  return { system, status, diagnostic, bounceClass };
}

export const plainSamples: { system: string; text: string; bounceClass: BounceClass }[] = [
  {
    system: "qmail",
    text: `Hi. This is the qmail-send program at b.example.
I'm afraid I wasn't able to deliver your message to the following addresses.

<a@b.example>:
Sorry, no mailbox here by that name. (#5.1.1)`,
    bounceClass: "hard",
  },
  {
    system: "Exim",
    text: `This message was created automatically by mail delivery software.

  a@b.example
    SMTP error from remote mail server after RCPT TO:<a@b.example>:
    550 5.1.1 User unknown`,
    bounceClass: "hard",
  },
  {
    system: "sendmail 8.6",
    text: `   ----- The following addresses had permanent fatal errors -----
<a@b.example>
   ----- Transcript of session follows -----
550 <a@b.example>... User unknown`,
    bounceClass: "hard",
  },
  {
    system: "Exchange 2003",
    text: `Your message did not reach the following recipient(s):
  a@b.example: The e-mail account does not exist. <mail.b.example #5.1.1>`,
    bounceClass: "hard",
  },
];

const crlf = (lines: string[]): string => lines.join("\r\n");

/** A report as RFC 3464 has it, that returns the headers of a message with this unsubscribe link. */
export function dsn(fields: string[], link = "https://example.com/none"): string {
  return report("delivery-status", ["Reporting-MTA: dns; mx.b.example", "", ...fields], link);
}

/** Feedback as RFC 5965 has it. */
export function feedback(type: string, link = "https://example.com/none"): string {
  return report("feedback-report", [`Feedback-Type: ${type}`, "User-Agent: Someone/1.0", "Version: 1"], link);
}

function report(type: string, fields: string[], link: string): string {
  return crlf([
    "From: MAILER-DAEMON@mx.b.example",
    "Subject: Undelivered Mail Returned to Sender",
    "MIME-Version: 1.0",
    `Content-Type: multipart/report; report-type=${type}; boundary="=_1"`,
    "",
    "--=_1",
    "Content-Type: text/plain",
    "",
    "This is the mail system at mx.b.example.",
    "--=_1",
    `Content-Type: message/${type}`,
    "",
    ...fields,
    "--=_1",
    "Content-Type: text/rfc822-headers",
    "",
    "Subject: News",
    `List-Unsubscribe: <${link}>`,
    "--=_1--",
    "",
  ]);
}

/** A message without parts. */
export function plain(headers: string[], text: string): string {
  return crlf(["From: someone@b.example", ...headers, "", ...text.split("\n")]);
}

/** A failure of a recipient who is not there. */
export const noSuchUser = [
  "Final-Recipient: rfc822; a@b.example",
  "Action: failed",
  "Status: 5.1.1",
  "Diagnostic-Code: smtp; 550 5.1.1 User unknown",
];
