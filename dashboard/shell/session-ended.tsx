import { Anchor, Button, Modal, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { askFor, jsonBody } from "../data/client.js";
import { toProblem } from "../data/problem.js";
import { loadSession } from "../data/session.js";
import { tellSignedIn, useStanding } from "../data/standing.js";
import { useWho } from "../data/who.js";

/** Over the page, which stays as it is: what was typed into it is still there afterwards. */
export function SessionEnded() {
  const { signedOut } = useStanding();
  const { session } = useWho();
  const queries = useQueryClient();
  const [refused, setRefused] = useState<string | null>(null);
  const form = useForm({ initialValues: { password: "", code: "" } });
  const { user_id: userId, email } = session.user;

  /** Somebody else's session shows somebody else's page. */
  const goOn = async (): Promise<void> => {
    const now = await loadSession();
    if (now.user.user_id !== userId) return location.reload();
    form.reset();
    setRefused(null);
    tellSignedIn();
    await queries.invalidateQueries();
  };
  useEffect(() => {
    if (!signedOut) return undefined;
    // Who signed in elsewhere and comes back need not do it again here.
    const look = (): void => void goOn().catch(() => undefined);
    window.addEventListener("focus", look);
    return () => window.removeEventListener("focus", look);
  });

  const signIn = form.onSubmit(async ({ password, code }) => {
    try {
      const typed = /^[\d\s]{6,7}$/.test(code) ? { code } : { recovery_code: code };
      await askFor("/api/session", jsonBody({ email, password, ...(code.trim() !== "" && typed) }));
      await goOn();
    } catch (error) {
      setRefused(toProblem(error).detail);
    }
  });
  return (
    <Modal
      opened={signedOut}
      onClose={() => undefined}
      withCloseButton={false}
      zIndex={1000}
      title="Your session has ended"
    >
      <form onSubmit={signIn}>
        <Stack>
          <Text size="sm">Sign in again as {email}: the page stays as you left it.</Text>
          <input type="hidden" name="email" autoComplete="username" value={email} readOnly />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            data-autofocus
            required
            error={refused}
            {...form.getInputProps("password")}
          />
          <TextInput
            label="Code of your authenticator"
            description="Or a recovery code; empty if you use neither"
            autoComplete="one-time-code"
            {...form.getInputProps("code")}
          />
          <Button type="submit">Sign in</Button>
          <Anchor href="/sign-in" target="_blank" size="sm">
            Another way to sign in, in a new tab; then come back here
          </Anchor>
        </Stack>
      </form>
    </Modal>
  );
}
