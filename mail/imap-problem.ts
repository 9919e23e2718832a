/** What went wrong with an IMAP server, as a sentence for whoever has to mend it; never with what it was logged in with. */
export function imapProblem(error: unknown): string {
  const { code, authenticationFailed, responseText, message } = detailsOf(error);
  if (authenticationFailed)
    return `The server does not let this user in (${responseText ?? "the password is refused"}). Check user and password; many providers want an app password, and IMAP to be switched on.`;
  if (code.startsWith("ENOTFOUND") || code === "EAI_AGAIN")
    return "There is no such host. Check the host's name.";
  if (code === "ECONNREFUSED")
    return "Nothing listens there. Check host and port: 993 for TLS, 143 for STARTTLS.";
  if (/TIMEOUT|TimedOut|ETIMEDOUT/i.test(code) || /timed? ?out|not received in time/i.test(message))
    return "The server does not answer. Check host and port, and whether a firewall is in between.";
  if (/CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/.test(code))
    return `Its certificate is not trusted (${code}). Give the authority's certificate, or the name that stands in it.`;
  if (/STARTTLS/i.test(message)) return "The server offers no STARTTLS. Use its port for TLS, mostly 993.";
  if (/WRONG_VERSION_NUMBER|EPROTO/.test(code))
    return "No TLS is spoken on this port. Use the port for TLS, mostly 993, or STARTTLS on 143.";
  return `The server cannot be read: ${responseText ?? message}`;
}

interface Details {
  code: string;
  authenticationFailed: boolean;
  responseText: string | undefined;
  message: string;
}

function detailsOf(error: unknown): Details {
  const { code, authenticationFailed, responseText, message } = error as Partial<Record<string, unknown>>;
  return {
    code: typeof code === "string" ? code : "",
    authenticationFailed: authenticationFailed === true,
    responseText: typeof responseText === "string" ? responseText.slice(0, 200) : undefined,
    message: typeof message === "string" ? message.slice(0, 200) : "it breaks off",
  };
}
