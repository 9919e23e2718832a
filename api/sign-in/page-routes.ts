import { Router, type Request, type Response } from "express";
import { z } from "zod";
import type { Invitations } from "../../client/invitations.js";
import { FloeError, InvalidInput, Throttled } from "../../domain/errors.js";
import { pageSecurityPolicy } from "../pages.js";
import { formBody } from "./body.js";
import { refuseForeignForm } from "./cross-site.js";
import { changePasswordPage, invitationPage, signedInPage, signInPage } from "./pages.js";
import { home, ownPath } from "./return-to.js";
import type { Sessions } from "./sessions.js";
import type { SignIn } from "./sign-in.js";

export interface PageRoutePorts {
  signIn: SignIn;
  sessions: Sessions;
  invitations: Pick<Invitations, "readInvitation" | "acceptInvitation">;
  oidc: boolean;
  publicUrl: string;
}

/** A browser fills in what a form has; what is too long is nobody's. */
const text = z.string().max(1_000).catch("");
const signInForm = z.object({ email: text, password: text, code: text, return_to: text });
const passwordForm = z.object({ current_password: text, new_password: text, return_to: text });
const joinForm = z.object({ name: text.optional(), password: text.optional() });

/** `/sign-in`, `/sign-out` and `/invitation/:token`: forms that post back here. */
export function createSignInPages(ports: PageRoutePorts): Router {
  const router = Router();
  router.use(["/sign-in", "/sign-out", "/invitation"], (_request, response, next) => {
    response.set({
      "Cache-Control": "no-store",
      "Content-Security-Policy": pageSecurityPolicy,
      // Without it a browser does not say where a form stands (Origin: null).
      "Referrer-Policy": "same-origin",
    });
    next();
  });
  addSignIn(router, ports);
  addInvitation(router, ports);
  return router;
}

function addSignIn(router: Router, { signIn, sessions, oidc, publicUrl }: PageRoutePorts): void {
  router.get("/sign-in", async (request, response) => {
    const session = await sessions.find(request);
    const returnTo = ownPath(request.query.return_to);
    if (!session) return sendPage(response, signInPage({ oidc, returnTo }));
    if (session.mustChangePassword) return sendPage(response, changePasswordPage(session, { returnTo }));
    if (returnTo !== undefined) return response.redirect(303, returnTo);
    sendPage(response, signedInPage(session));
  });

  router.post("/sign-in", formBody, async (request, response) => {
    refuseForeignForm(request, publicUrl);
    const { email, password, code, return_to } = signInForm.parse(request.body ?? {});
    const returnTo = ownPath(return_to);
    const shown = { email, password, ...codeOf(code) };
    const refused = await toProblem(
      async () => (await signIn.withPassword(request, response, shown))?.detail,
    );
    if (refused === undefined) return response.redirect(303, returnTo ?? home);
    sendPage(response.status(401), signInPage({ email, problem: refused, oidc, returnTo }));
  });

  router.post("/sign-in/password", formBody, async (request, response) => {
    refuseForeignForm(request, publicUrl);
    const session = await sessions.find(request);
    if (!session) return response.redirect(303, "/sign-in");
    const form = passwordForm.parse(request.body ?? {});
    const returnTo = ownPath(form.return_to);
    const change = { session, currentPassword: form.current_password, newPassword: form.new_password };
    const refused = await toProblem(() =>
      signIn.changePassword(request, response, change).then(() => undefined),
    );
    if (refused === undefined) return response.redirect(303, returnTo ?? home);
    const again = session.mustChangePassword ? changePasswordPage : signedInPage;
    sendPage(response.status(422), again(session, { problem: refused, returnTo }));
  });

  router.post("/sign-out", formBody, async (request, response) => {
    refuseForeignForm(request, publicUrl);
    await signIn.out(request, response);
    response.redirect(303, "/sign-in");
  });
}

function addInvitation(router: Router, { invitations }: PageRoutePorts): void {
  router.get("/invitation/:token", async (request, response) => {
    sendPage(response, invitationPage(await invitations.readInvitation(request.params.token)));
  });
  // The token is the authority; nobody is signed in by it, and no cookie counts.
  router.post("/invitation/:token", formBody, async (request: Request, response) => {
    const token = String(request.params.token);
    const form = joinForm.parse(request.body ?? {});
    const refused = await toProblem(() =>
      invitations.acceptInvitation({ token, ...form }).then(() => undefined),
    );
    if (refused === undefined) return response.redirect(303, "/sign-in");
    sendPage(response.status(422), invitationPage(await invitations.readInvitation(token), refused));
  });
}

/** Six digits are a code, everything else stands in for it. */
function codeOf(typed: string): { code?: string; recoveryCode?: string } {
  if (typed.trim() === "") return {};
  return /^[\d\s]{6,7}$/.test(typed) ? { code: typed } : { recoveryCode: typed };
}

/** What a person can mend, as a sentence for the page; undefined when there is nothing. */
async function toProblem(work: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InvalidInput) return sentence(error);
    if (error instanceof Throttled)
      return `Too many attempts. Please try again in ${Math.ceil(error.waitMs / 1_000)} seconds.`;
    if (error instanceof FloeError && error.kind === "Conflict") return error.message;
    throw error;
  }
}

function sentence({ problems }: InvalidInput): string {
  return problems.map(({ field, problem }) => `${field.split("_").at(-1) ?? field} ${problem}`).join("; ");
}

function sendPage(response: Response, html: string): void {
  response.type("html").send(html);
}
