import { Alert, Button, Code, Group, Modal, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { askFor, jsonBody } from "../../data/client.js";
import { loadSession, type Session } from "../../data/session.js";
import { useWho } from "../../data/who.js";
import { Copyable } from "../../parts/copyable.js";
import { FormActions } from "../../parts/form-actions.js";
import { openForm } from "../../parts/form-dialog.js";
import { Panel } from "../../parts/panel.js";
import { useProblemForm } from "../../parts/problem-form.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { tellDone } from "../../parts/telling.js";
import { QrCode } from "./qr-code.js";
import { showRecoveryCodes } from "./recovery-codes.js";

/** As `POST /api/session/totp` answers. */
interface NewTotp {
  secret: string;
  /** What an authenticator reads from the QR code. */
  uri: string;
}

const path = "/api/session/totp";

/** A code of an authenticator beside the password: set up, its recovery codes, done without. */
export function SecondFactor() {
  const { session: opened } = useWho();
  const queries = useQueryClient();
  const { data: session = opened } = useQuery({ queryKey: ["own-session"], queryFn: loadSession });
  const after = () =>
    Promise.all(["own-session", "own-sessions"].map((key) => queries.invalidateQueries({ queryKey: [key] })));
  return (
    <Panel
      title="Your second factor"
      aside={
        <StatusBadge
          status={session.totp ? "set up" : "not set up"}
          tone={session.totp ? "good" : "neutral"}
        />
      }
    >
      {session.totp ? <Managed onDone={after} /> : <SetUp session={session} onDone={after} />}
    </Panel>
  );
}

interface PartProps {
  onDone: () => Promise<unknown>;
}

function SetUp({ session, onDone }: PartProps & { session: Session }) {
  const [made, setMade] = useState<NewTotp | null>(null);
  const byProvider = session.method === "oidc";
  const begin = (): void =>
    openForm({
      title: "Set up a second factor",
      about: byProvider
        ? "You are signed in by your identity provider: if that is longer ago than 15 minutes, sign in again first."
        : "Your password first: so that nobody does it at a screen that you left open.",
      action: "Go on",
      initial: { current_password: "" },
      fields: (form) =>
        !byProvider && (
          <PasswordInput
            label="Password now"
            autoComplete="current-password"
            required
            {...form.getInputProps("current_password")}
          />
        ),
      run: async (body) =>
        setMade((await (await askFor(path, jsonBody(byProvider ? {} : body))).json()) as NewTotp),
    });
  return (
    <Stack gap="sm" align="flex-start">
      <Text size="sm">
        With a second factor, a password alone lets nobody in: signing in also asks for the code that an
        authenticator app shows.
      </Text>
      <Button onClick={begin}>Set up a second factor</Button>
      {made && (
        <Confirm
          made={made}
          onClose={() => setMade(null)}
          onDone={async () => {
            setMade(null);
            await onDone();
          }}
        />
      )}
    </Stack>
  );
}

/** It counts only once a code was shown: a secret that nobody could read locks nobody out. */
function Confirm({ made, onClose, onDone }: PartProps & { made: NewTotp; onClose: () => void }) {
  const form = useForm({ initialValues: { code: "" } });
  const problems = useProblemForm(form);
  const submit = form.onSubmit(
    ({ code }) =>
      void problems.submit(async () => {
        const answer = await askFor(`${path}/confirm`, jsonBody({ code: code.replaceAll(" ", "") }));
        await showRecoveryCodes(answer);
        tellDone("Your second factor is set up.");
        await onDone();
      }),
  );
  return (
    <Modal
      opened
      onClose={onClose}
      title="Scan, then show a code"
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form onSubmit={submit} noValidate>
        <Stack>
          <Text size="sm">Scan this with your authenticator app, or type the secret into it.</Text>
          <QrCode text={made.uri} label="QR code of the secret, for an authenticator app" />
          <Group gap="xs" wrap="nowrap">
            <Text size="sm">Secret</Text>
            <Copyable value={made.secret} label="the secret" />
          </Group>
          <TextInput
            label="Code that the app shows"
            inputMode="numeric"
            autoComplete="one-time-code"
            required
            data-autofocus
            {...form.getInputProps("code")}
          />
          <FormActions problems={problems} action="Confirm" onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  );
}

function Managed({ onDone }: PartProps) {
  const renew = (): void =>
    shownCode({
      title: "New recovery codes",
      about: "The codes that you have stop working, and your other sessions end.",
      action: "Make new codes",
      run: async (body) => {
        await showRecoveryCodes(await askFor(`${path}/recovery-codes`, jsonBody(body)));
        await onDone();
      },
    });
  const remove = (): void =>
    shownCode({
      title: "Do without a second factor?",
      about: (
        <Alert color="orange" title="A password alone will let you in">
          Tenants that require a second factor are closed to you until you set one up again. Your other
          sessions end.
        </Alert>
      ),
      action: "Do without it",
      run: async (body) => {
        await askFor(`${path}/remove`, jsonBody(body));
        tellDone("A password alone lets you in again.");
        await onDone();
      },
    });
  return (
    <Stack gap="sm" align="flex-start">
      <Text size="sm">
        Signing in asks for a code. Without your authenticator, one of your recovery codes lets you in, once
        each.
      </Text>
      <Group gap="xs">
        <Button variant="default" onClick={renew}>
          New recovery codes
        </Button>
        <Button variant="light" color="red" onClick={remove}>
          Do without it
        </Button>
      </Group>
    </Stack>
  );
}

interface CodeDialog {
  title: string;
  about: ReactNode;
  action: string;
  run: (body: { code: string } | { recovery_code: string }) => Promise<unknown>;
}

/** Asks for a code of the authenticator, or a recovery code in its place. */
function shownCode({ run, ...dialog }: CodeDialog): void {
  openForm({
    ...dialog,
    initial: { code: "" },
    fields: (form) => (
      <TextInput
        label="Code"
        description={
          <>
            Of your authenticator, such as <Code>123456</Code>, or a recovery code
          </>
        }
        autoComplete="one-time-code"
        required
        {...form.getInputProps("code")}
      />
    ),
    place: (field) => (field === "recovery_code" ? "code" : field),
    run: ({ code }) => {
      const typed = code.replaceAll(" ", "");
      return run(/^\d{6}$/.test(typed) ? { code: typed } : { recovery_code: typed });
    },
  });
}
