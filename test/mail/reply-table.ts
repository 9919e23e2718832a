/**
 * What servers of the world say, and what it means to us: `kind reason`, and what becomes of all that goes the same way. Each
 * group has the public document that its replies are from; addresses and names in them are replaced.
 */
export interface ReplyGroup {
  source: string;
  replies: readonly (readonly [raw: string, expected: string, pace?: string])[];
}

export const replyGroups: readonly ReplyGroup[] = [
  {
    source: "Gmail SMTP errors and codes, https://support.google.com/a/answer/3726730",
    replies: [
      ["421 4.3.0 Temporary System Problem. Try again later", "deferred temporary"],
      ["421 4.4.5 Server busy, try again later.", "deferred throttled", "path slowed"],
      ["421 4.7.0 IP not in whitelist for RCPT domain, closing connection.", "deferred temporary"],
      [
        "421 4.7.0 Our system has detected an unusual rate of unsolicited mail originating from your IP address. To protect our users from spam, mail sent from your IP address has been temporarily blocked.",
        "deferred throttled",
        "path slowed",
      ],
      ["421 4.7.0 TLS required for RCPT domain, closing connection.", "deferred temporary"],
      ["421 4.7.0 Try again later, closing connection.", "deferred temporary"],
      [
        "421 4.7.28 Gmail has detected an unusual rate of mail originating from your DKIM domain.",
        "deferred throttled",
        "path slowed",
      ],
      [
        "421 4.7.28 Gmail has detected an unusual rate of mail containing one of your URL domains.",
        "deferred throttled",
        "path slowed",
      ],
      [
        "421 4.7.26 This mail is unauthenticated, which poses a security risk to the sender and Gmail users",
        "deferred temporary",
      ],
      [
        "421 4.7.27 Your email has been rate limited because SPF authentication didn't pass for this message.",
        "deferred throttled",
        "path slowed",
      ],
      [
        "421 4.7.30 Your email has been rate limited because DKIM authentication didn't pass for this message.",
        "deferred throttled",
        "path slowed",
      ],
      [
        "421 4.7.32 Your email has been rate limited because the From: header isn't aligned with the authenticated SPF or DKIM domain",
        "deferred throttled",
        "path slowed",
      ],
      [
        "450 4.2.1 The user you are trying to contact is receiving mail too quickly. Please resend your message at a later time.",
        "deferred temporary",
      ],
      ["450 4.2.1 Peak SMTP relay limit exceeded for customer.", "deferred throttled", "node slowed"],
      ["451 4.3.0 Mail server temporarily rejected message.", "deferred temporary"],
      [
        "451 4.3.0 Multiple destination domains per transaction is unsupported. Please try again.",
        "deferred temporary",
      ],
      ["451 4.4.2 Timeout - closing connection.", "deferred temporary"],
      ["451 4.5.0 SMTP protocol violation, visit RFC 2821.", "deferred temporary"],
      ["452 4.2.2 The recipient's inbox is out of storage space.", "deferred mailbox-full"],
      [
        "452 4.5.3 Domain policy size per transaction exceeded, please try this recipient in a separate transaction.",
        "deferred temporary",
      ],
      ["452 4.5.3 Your message has too many recipients.", "deferred temporary"],
      [
        "454 4.7.0 Cannot authenticate due to temporary system problem. Try again later.",
        "deferred temporary",
      ],
      ["502 5.5.1 Too many unrecognized commands, goodbye.", "rejected our-fault"],
      ["502 5.5.1 Unrecognized command.", "rejected our-fault"],
      ["503 5.5.1 EHLO/HELO first.", "rejected our-fault"],
      ["503 5.7.0 No identity changes permitted.", "rejected our-fault"],
      ["530 5.5.1 Authentication Required.", "rejected our-fault"],
      ["535 5.7.8 Username and Password not accepted.", "rejected our-fault"],
      [
        "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address for typos",
        "rejected bad-address",
      ],
      ["550 5.2.1 The email account that you tried to reach is inactive.", "rejected bad-address"],
      [
        "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered.",
        "deferred temporary",
      ],
      [
        "550 5.4.5 Daily SMTP relay sending limit exceeded for user.",
        "deferred throttled",
        "node suspended 60 min",
      ],
      ["550 5.4.5 Daily user sending limit exceeded.", "deferred throttled", "node suspended 60 min"],
      ["550 5.7.0 Mail relay denied.", "rejected our-fault"],
      ["550 5.7.1 Email quota exceeded.", "deferred mailbox-full"],
      [
        "550 5.7.1 Our system has detected an unusual rate of unsolicited mail originating from your IP address. To protect our users from spam, mail sent from your IP address has been blocked.",
        "rejected policy",
      ],
      [
        "550 5.7.1 Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked.",
        "rejected content",
      ],
      [
        "550 5.7.1 The IP you're using to send mail is not authorized to send email directly to our servers.",
        "rejected policy",
      ],
      [
        "550 5.7.1 The user or domain that you are sending to (or from) has a policy that prohibited the mail that you sent.",
        "rejected policy",
      ],
      ["550 5.7.1 Unauthenticated email is not accepted from this domain.", "rejected our-fault"],
      [
        "550 5.7.1 Messages missing a valid address in the From: header, or having no From: header, are not accepted.",
        "rejected content",
      ],
      [
        "550 5.7.25 The IP address sending this message does not have a PTR record setup",
        "rejected our-fault",
      ],
      [
        "550 5.7.26 Unauthenticated email from shop.example is not accepted due to domain's DMARC policy.",
        "rejected our-fault",
      ],
      ["550 5.7.27 This mail has been blocked because SPF authentication didn't pass.", "rejected our-fault"],
      [
        "550 5.7.28 There is an unusual rate of unsolicited mail originating from your IP address.",
        "rejected policy",
      ],
      [
        "550 5.7.30 This mail has been blocked because DKIM authentication didn't pass.",
        "rejected our-fault",
      ],
      ["552 5.2.2 The email account that you tried to reach is over quota.", "deferred mailbox-full"],
      ["552 5.3.4 Your message exceeded Google's message size limits.", "rejected too-large"],
      [
        "552 5.7.0 This message was blocked because its content presents a potential security issue.",
        "rejected content",
      ],
      [
        "553 5.1.2 We weren't able to find the recipient domain. Please check for any spelling errors",
        "rejected bad-address",
      ],
      ["554 5.6.0 Mail message is malformed. Not accepted.", "rejected content"],
      ["554 5.7.0 Too many unauthenticated commands.", "rejected our-fault"],
      ["555 5.5.2 Syntax error, goodbye.", "rejected our-fault"],
    ],
  },
  {
    source:
      "Yahoo SMTP error codes, https://senders.yahooinc.com/smtp-error-codes and https://smtp.codes/yahoo",
    replies: [
      ["421 Service not available, closing transmission channel", "deferred temporary"],
      [
        "421 Max message per connection reached, closing transmission channel",
        "deferred throttled",
        "path slowed",
      ],
      [
        "421 4.7.0 [TSS04] Messages from 1.2.3.4 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1",
        "deferred throttled",
        "path suspended 120 min",
      ],
      [
        "421 4.7.1 [TS03] All messages from 1.2.3.4 permanently deferred; Retrying will NOT succeed.",
        "deferred throttled",
        "path 1/min 90 min",
      ],
      [
        "421 4.7.0 [TSS04] Messages from shop.example temporarily deferred",
        "deferred throttled",
        "path suspended 120 min",
      ],
      ["450 User is receiving mail too quickly", "deferred temporary"],
      ["451 Resources temporarily unavailable. Please try again later [#4.16.1].", "deferred temporary"],
      ["451 4.3.2 Internal server error", "deferred temporary"],
      [
        "553 5.7.1 [BL21] Connections will not be accepted from 1.2.3.4, because the ip is in Spamhaus's list",
        "rejected policy",
      ],
      ["554 5.7.9 Message not accepted for policy reasons.", "rejected policy"],
      [
        "554 delivery error: dd This user doesn't have a yahoo.com account (ada@yahoo.test) [-5]",
        "rejected bad-address",
      ],
      ["554 delivery error: dd Not a valid recipient - mta1.yahoo.example", "rejected bad-address"],
      [
        "554 30 Sorry, your message to ada@yahoo.test cannot be delivered. This mailbox is disabled (554.30).",
        "rejected bad-address",
      ],
      ["552 1 Requested mail action aborted, mailbox not found", "rejected bad-address"],
      ["552 1 user over quota", "deferred mailbox-full"],
    ],
  },
  {
    source:
      "Microsoft: non-delivery reports in Exchange Online, https://learn.microsoft.com/exchange/troubleshoot/email-delivery/ndr/non-delivery-reports-in-exchange-online",
    replies: [
      ["432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded", "deferred temporary"],
      ["450 4.4.7 Message expired", "deferred temporary"],
      ["450 4.4.316 Connection refused", "deferred temporary"],
      ["451 4.7.500 Server busy. Please try again later", "deferred throttled", "path 1/min 90 min"],
      [
        "451 4.7.651 The mail server [1.2.3.4] has been temporarily rate limited due to IP reputation.",
        "deferred throttled",
        "path 1/min 90 min",
      ],
      ["550 5.0.350 Generic error, x-dg-ref header is too long", "rejected policy"],
      ["550 5.1.0 Sender denied", "rejected policy"],
      ["550 5.1.1 Bad destination mailbox address", "rejected bad-address"],
      ["550 5.1.8 Access denied, bad outbound sender", "rejected our-fault"],
      [
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        "rejected bad-address",
      ],
      ["550 5.2.2 Submission quota exceeded", "deferred mailbox-full"],
      ["554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException", "deferred mailbox-full"],
      ["550 5.3.190 Journaling on-premises messages to Microsoft 365 isn't supported", "deferred temporary"],
      ["550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", "rejected bad-address"],
      ["554 5.4.14 Hop count exceeded - possible mail loop", "deferred temporary"],
      ["554 5.4.6 Hop count exceeded - possible mail loop", "deferred temporary"],
      ["550 5.4.300 Message expired", "deferred temporary"],
      ["501 5.5.4 Invalid domain name", "rejected our-fault"],
      ["550 5.6.11 Invalid characters", "rejected content"],
      ["550 5.7.1 Delivery not authorized", "rejected policy"],
      ["550 5.7.1 Unable to relay", "rejected our-fault"],
      ["550 5.7.12 Sender was not authenticated by organization", "rejected policy"],
      ["550 5.7.13 STOREDRV.Deliver.Exception:AccountDisabledException", "rejected bad-address"],
      [
        "550 5.7.23 The message was rejected because of Sender Policy Framework violation",
        "rejected our-fault",
      ],
      ["550 5.7.124 Sender not in allowed-senders list", "rejected policy"],
      ["550 5.7.133 Sender not authenticated for group", "rejected policy"],
      ["550 5.7.501 Access denied, spam abuse detected", "rejected policy"],
      ["550 5.7.506 Access Denied, Bad HELO", "rejected policy"],
      [
        "550 5.7.509 Access denied, sending domain shop.example does not pass DMARC verification and has a DMARC policy of reject.",
        "rejected our-fault",
      ],
      ["550 5.7.511 Access denied, banned sender[1.2.3.4].", "rejected policy"],
      ["550 5.7.512 Access denied, message must be RFC 5322 section 3.6.2 compliant", "rejected policy"],
      [
        "550 5.7.515 Access denied, sending domain shop.example does not meet the required authentication level.",
        "rejected our-fault",
      ],
      ["550 5.7.606 Access denied, banned sending IP [1.2.3.4]", "rejected policy"],
      ["550 5.7.705 Access denied, tenant has exceeded threshold", "rejected policy"],
      [
        "550 5.7.750 Service unavailable. Client blocked from sending from unregistered domains",
        "rejected policy",
      ],
    ],
  },
  {
    source:
      "Outlook.com postmaster, https://sendersupport.olc.protection.outlook.com/pm/troubleshooting.aspx",
    replies: [
      [
        "421 RP-001 The mail server IP connecting to Outlook.com server has exceeded the rate limit allowed.",
        "deferred throttled",
        "path slowed",
      ],
      [
        "421 RP-002 The mail server IP connecting to Outlook.com server has exceeded the rate limit allowed on this connection.",
        "deferred throttled",
        "path slowed",
      ],
      [
        "421 RP-003 The mail server IP connecting to Outlook.com server has exceeded the connection limit allowed.",
        "deferred throttled",
        "path slowed",
      ],
      ["550 SC-001 Mail rejected by Outlook.com for policy reasons.", "rejected policy"],
      [
        "550 DY-001 Mail rejected by Outlook.com for policy reasons. We generally do not accept email from dynamic IP's",
        "rejected policy",
      ],
      [
        "550 OU-002 Mail rejected by Outlook.com for policy reasons. Reasons for rejection may be related to content with spam-like characteristics or IP/domain reputation.",
        "rejected policy",
      ],
      [
        "550 5.7.1 Unfortunately, messages from [1.2.3.4] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).",
        "rejected policy",
      ],
      ["550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).", "rejected bad-address"],
    ],
  },
  {
    source:
      "Replies reported to KumoMTA's community, assets/community/bounces.toml of https://github.com/KumoCorp/kumomta",
    replies: [
      ["550 Requested action not taken: mailbox unavailable", "rejected bad-address"],
      ["550 5.1.1 User unknown in virtual mailbox table", "rejected bad-address"],
      ["550 No such recipient here", "rejected bad-address"],
      ["550 No such mailbox", "rejected bad-address"],
      ["550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550", "rejected bad-address"],
      ["550 Mailbox does not exist", "rejected bad-address"],
      ["553 sorry, no mail-box here by that name", "rejected bad-address"],
      ["550 No such ID", "rejected bad-address"],
      ["550 User Unknown", "rejected bad-address"],
      ["550 address does not exist", "rejected bad-address"],
      [
        "550 Message was not accepted -- invalid mailbox. Local mailbox is unavailable: user not found",
        "rejected bad-address",
      ],
      ["550 Utilisateur inconnu", "rejected bad-address"],
      ["550 5.1.1 Not our Customer", "rejected bad-address"],
      ["554 Recipient address rejected: User unknown", "rejected bad-address"],
      ["550 recipient unrecognized", "rejected bad-address"],
      ["550 not a valid user", "rejected bad-address"],
      ["556 5.1.10 Recipient address has a null MX", "rejected bad-address"],
      ["550 Account is not active", "rejected bad-address"],
      ["550 5.1.1 Account Closed, Please Remove", "rejected bad-address"],
      ["552 user's mailbox quota exceeded", "deferred mailbox-full"],
      [
        "552 Requested mail action aborted: exceeded storage allocation Quota exceeded",
        "deferred mailbox-full",
      ],
      ["554 Quota exceeded (mailbox for user is full)", "deferred mailbox-full"],
      ["550 Mailbox is full / Blocks limit exceeded / Inode limit exceeded", "deferred mailbox-full"],
      ["550 account is overquota", "deferred mailbox-full"],
      ["550 relay not permitted", "rejected our-fault"],
      ["550 ada isn't allowed to relay", "rejected our-fault"],
      ["553 sorry, that domain isn't in my list of allowed rcpthosts", "rejected our-fault"],
      ["451 Temporarily unable to process your email. Please try again later.", "deferred temporary"],
      ["503 Bad sequence of commands", "rejected our-fault"],
      ["530 Authentication required", "rejected our-fault"],
      ["550 Message rejected due to senders DMARC policy", "rejected our-fault"],
      ["553 Domain of sender address news@shop.example does not exist", "rejected our-fault"],
      ["550 sorry, your envelope sender domain must exist", "rejected our-fault"],
      ["554 Email not accepted for policy reasons", "rejected policy"],
      [
        "550 Requested action not taken: mailbox unavailable. Reject due to policy restrictions.",
        "rejected policy",
      ],
      [
        "554 Email rejected due to security policies - https://community.mimecast.com/docs/DOC-1369#554",
        "rejected policy",
      ],
      ["552 sender rejected AUP#1260", "rejected policy"],
      [
        "553 5.3.0 flpd575 DNSBL:RBL 521< 1.2.3.4 >_is_blocked.For assistance forward this error",
        "rejected policy",
      ],
      [
        "554 Your access to this mail system has been rejected due to poor reputation of a domain used in message transfer",
        "rejected policy",
      ],
      ["550 Email blocked by cbl.abuseat.org", "rejected policy"],
      ["550 Message rejected as spam", "rejected content"],
      [
        "550 spam message rejected. Please visit http://help.mail.example/notspam-support/id",
        "rejected content",
      ],
      ["550 JunkMail rejected - shop.example is in an RBL", "rejected policy"],
      ["550 5.7.1 message content rejected due to spam", "rejected content"],
      ["550 message has been rejected due to spam or virus classification", "rejected content"],
      ["550 Mail content denied", "rejected content"],
      ["554 Message contains Spam Content", "rejected content"],
    ],
  },
  {
    source:
      "Enhanced status codes: RFC 3463, RFC 5248, RFC 7372, RFC 7505, https://www.iana.org/assignments/smtp-enhanced-status-codes",
    replies: [
      ["450 4.1.8 Bad sender's system address", "deferred temporary"],
      ["550 5.1.2 Bad destination system address", "rejected bad-address"],
      ["501 5.1.3 Bad destination mailbox address syntax", "rejected bad-address"],
      ["550 5.1.4 Destination mailbox address ambiguous", "rejected bad-address"],
      ["551 5.1.6 Destination mailbox has moved, No forwarding address", "rejected bad-address"],
      ["501 5.1.7 Bad sender's mailbox address syntax", "rejected our-fault"],
      ["550 5.1.9 Message relayed to non-compliant mailer", "rejected policy"],
      ["550 5.2.1 Mailbox disabled, not accepting messages", "rejected bad-address"],
      ["452 4.3.1 Mail system full", "deferred temporary"],
      ["554 5.3.2 System not accepting network messages", "deferred temporary"],
      ["421 4.4.1 No answer from host", "deferred temporary"],
      ["451 4.4.3 Directory server failure", "deferred temporary"],
      ["550 5.4.4 Unable to route", "deferred temporary"],
      ["500 5.5.2 Syntax error", "rejected our-fault"],
      ["501 5.5.4 Invalid command arguments", "rejected our-fault"],
      ["550 5.6.1 Media not supported", "rejected content"],
      ["550 5.6.7 Non-ASCII addresses not permitted for that sender/recipient", "rejected content"],
      ["550 5.7.2 Mailing list expansion prohibited", "rejected policy"],
      ["550 5.7.17 Mailbox owner has changed", "rejected bad-address"],
      ["550 5.7.20 No passing DKIM signature found", "rejected our-fault"],
      ["550 5.7.22 No valid author-matched DKIM signature found", "rejected our-fault"],
      ["550 5.7.24 SPF validation error", "rejected our-fault"],
      ["550 5.7.27 Sender address has null MX", "rejected our-fault"],
      ["523 5.7.10 Encryption Needed", "rejected policy"],
    ],
  },
  {
    source: "Amazon SES: SMTP issues, https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html",
    replies: [
      ["454 Throttling failure: Maximum sending rate exceeded", "deferred throttled", "node suspended 1 s"],
      ["454 Temporary service failure", "deferred temporary"],
      ["451 Timeout waiting for data from client.", "deferred temporary"],
      ["554 Message rejected: Email address is not verified.", "rejected our-fault"],
      ["554 Transaction failed: Expected disposition, got null.", "rejected policy"],
      ["535 Authentication Credentials Invalid", "rejected our-fault"],
      ["530 Authentication required", "rejected our-fault"],
    ],
  },
  {
    source: "Postfix: postconf(5), https://www.postfix.org/postconf.5.html, and the replies of its smtpd",
    replies: [
      ["450 4.7.1 Client host rejected: cannot find your reverse hostname, [1.2.3.4]", "deferred temporary"],
      ["450 4.1.8 <news@shop.example>: Sender address rejected: Domain not found", "deferred temporary"],
      ["451 4.3.5 Server configuration problem", "deferred temporary"],
      ["421 4.7.0 mx.example Error: too many connections from 1.2.3.4", "deferred throttled", "path slowed"],
      ["450 4.7.1 Error: too much mail from 1.2.3.4", "deferred throttled", "path slowed"],
      ["454 4.7.1 <ada@x.test>: Relay access denied", "deferred temporary"],
      [
        "550 5.1.1 <ada@x.test>: Recipient address rejected: User unknown in local recipient table",
        "rejected bad-address",
      ],
      [
        "550 5.1.0 <news@shop.example>: Sender address rejected: User unknown in virtual mailbox table",
        "rejected our-fault",
      ],
      ["504 5.5.2 <host>: Helo command rejected: need fully-qualified hostname", "rejected our-fault"],
      ["550 5.7.1 Client host rejected: cannot find your hostname, [1.2.3.4]", "rejected our-fault"],
    ],
  },
  {
    source:
      "Amazon SES: errors of sending quotas, https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html",
    replies: [
      ["454 Throttling failure: Daily message quota exceeded", "deferred throttled", "node suspended 60 min"],
    ],
  },
  {
    source:
      "Throttling as senders report it: https://smtpfieldmanual.com, https://community.fortinet.com (FortiMail, TSS05), https://knowledge.validity.com (220561887), https://github.com/Mailu/Mailu/issues/3013, https://github.com/mail-in-a-box/mailinabox/issues/1771",
    replies: [
      [
        "421-4.7.28 [1.2.3.4 4] Our system has detected an unusual rate of\r\n421-4.7.28 unsolicited mail originating from your IP address. To protect our\r\n421-4.7.28 users from spam, mail sent from your IP address has been temporarily\r\n421 4.7.28 rate limited. z1si9679476pln.401 - gsmtp",
        "deferred throttled",
        "path slowed",
      ],
      [
        "421 4.7.0 [TSS05] Messages from 1.2.3.4 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes",
        "deferred throttled",
        "path suspended 240 min",
      ],
      [
        "451 4.7.650 The mail server [1.2.3.4] has been temporarily rate limited due to IP reputation. For e-mail delivery information, see https://aka.ms/postmaster (S775)",
        "deferred throttled",
        "path 1/min 90 min",
      ],
      [
        "421 RP-001 (COL0-MC3-F15) Unfortunately, some messages from 1.2.3.4 weren't sent. Please try again. We have limits for how many messages can be sent per hour and per day.",
        "deferred throttled",
        "path slowed",
      ],
    ],
  },
];
