import * as client from "openid-client";
import type { Identity } from "../../db/credentials.js";
import { Unavailable } from "../../domain/errors.js";
import type { OidcConfig } from "../../runtime/oidc-config.js";

/** A provider of identities (OpenID Connect Core 1.0): code flow with PKCE, state and nonce. */
export interface OidcProvider {
  /** Where to send the browser, and what it must bring back. @throws Unavailable */
  begin(): Promise<{ url: string; flow: OidcFlow }>;
  /** @throws when it does not fit the flow, or the provider refused. @throws Unavailable */
  finish(query: string, flow: OidcFlow): Promise<Vouched>;
}

export interface OidcFlow {
  state: string;
  nonce: string;
  verifier: string;
}

/** Whom the provider vouches for. */
export interface Vouched extends Identity {
  /** Null: it does not say, or has not verified it. */
  email: string | null;
  name: string | null;
  /** A second factor was shown there (RFC 8176). */
  secondFactor: boolean;
}

export const callbackPath = "/api/session/oidc/callback";
const secondFactors = new Set(["mfa", "otp", "hwk", "swk", "sms", "fpt", "face"]);
const isSecondFactor = (method: unknown): boolean => typeof method === "string" && secondFactors.has(method);

export function createOidcProvider(config: OidcConfig, publicUrl: string): OidcProvider {
  const redirectUri = `${publicUrl}${callbackPath}`;
  let found: Promise<client.Configuration> | undefined;
  const discovered = (): Promise<client.Configuration> =>
    (found ??= discover(config).catch((error: unknown) => {
      // Asked again by the next one.
      found = undefined;
      throw new Unavailable("The identity provider", error);
    }));
  return {
    async begin() {
      const provider = await discovered();
      const verifier = client.randomPKCECodeVerifier();
      const flow = { state: client.randomState(), nonce: client.randomNonce(), verifier };
      const url = client.buildAuthorizationUrl(provider, {
        ...{ redirect_uri: redirectUri, scope: "openid email profile", state: flow.state, nonce: flow.nonce },
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      });
      return { url: url.href, flow };
    },
    async finish(query, { state, nonce, verifier }) {
      const provider = await discovered();
      const tokens = await client.authorizationCodeGrant(provider, new URL(`${redirectUri}${query}`), {
        ...{ expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true },
      });
      const claims = tokens.claims();
      if (!claims) throw new Error("The provider gave no ID token.");
      const info =
        claims.email === undefined && provider.serverMetadata().userinfo_endpoint !== undefined
          ? await client.fetchUserInfo(provider, tokens.access_token, claims.sub)
          : claims;
      return {
        ...{ issuer: claims.iss, subject: claims.sub },
        email: info.email_verified === true && typeof info.email === "string" ? info.email : null,
        name: typeof info.name === "string" ? info.name : null,
        secondFactor: Array.isArray(claims.amr) && claims.amr.some(isSecondFactor),
      };
    },
  };
}

function discover({ issuer, clientId, clientSecret }: OidcConfig): Promise<client.Configuration> {
  const url = new URL(issuer);
  const options = url.protocol === "http:" ? { execute: [client.allowInsecureRequests] } : undefined;
  const proof = clientSecret === undefined ? client.None() : client.ClientSecretBasic(clientSecret);
  return client.discovery(url, clientId, undefined, proof, options);
}
