import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";

export interface TestProvider {
  issuer: string;
  /** Who signs in there next. */
  account: { sub: string; email: string; email_verified: boolean; name?: string };
  close(): Promise<void>;
}

/** A real OpenID Connect provider on loopback, where everybody is who `account` says, and agrees to everything. */
export async function startOidcProvider(redirectUri: () => string): Promise<TestProvider> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const state: TestProvider = {
    issuer,
    account: { sub: "1", email: "nobody@people.example", email_verified: true },
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
  const provider = new Provider(issuer, {
    clients: [{ client_id: "floe", client_secret: "a-secret-of-the-client", redirect_uris: [redirectUri()] }],
    pkce: { required: () => true },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    findAccount: (_context: unknown, sub: string) => ({
      accountId: sub,
      claims: () => ({ ...state.account, sub }),
    }),
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
  });
  provider.use(async (context, next) => {
    if (!context.path.startsWith("/interaction/")) return next();
    const { prompt, params, session } = await provider.interactionDetails(context.req, context.res);
    if (prompt.name === "login")
      return provider.interactionFinished(context.req, context.res, {
        login: { accountId: state.account.sub },
      });
    const grant = new provider.Grant({ accountId: session?.accountId, clientId: String(params.client_id) });
    grant.addOIDCScope("openid email profile");
    const grantId = await grant.save();
    return provider.interactionFinished(context.req, context.res, { consent: { grantId } });
  });
  server.on("request", (request, response) => void provider.callback()(request, response));
  return state;
}
