import { Button, Text, Tooltip } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { answerOf, type Tagged } from "../../data/client.js";
import { useApi, useMay } from "../../data/who.js";
import { confirm } from "../../parts/confirm.js";
import { tellDone, tellProblem } from "../../parts/telling.js";
import { useEngagementOff } from "./engagement.js";
import { useMailboxForms } from "./mailbox-form.js";
import type { Mailbox } from "./pool-queries.js";

export function MailboxSteering({ found }: { found: Tagged<Mailbox> }) {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const mayChange = useMay({ resource: "warmups", level: "own" });
  const off = useEngagementOff();
  const { edit } = useMailboxForms();
  const { mailbox_id: id, address, opted_in_at: optedInAt } = found.value;
  const params = { path: { mailbox_id: id }, header: {} };
  const done = async (message: string | null): Promise<void> => {
    if (message !== null) tellDone(message);
    await queries.invalidateQueries({ queryKey: ["warmups", "pool"] });
  };
  const check = useMutation({
    mutationFn: () => answerOf(api.POST("/api/warmup-mailboxes/{mailbox_id}/check", { params, body: {} })),
    // What is wrong is shown with the mailbox.
    onSuccess: ({ problem, junk_folder: junk }) => done(problem === null ? readable(address, junk) : null),
    onError: (error) => tellProblem(error, "It could not be checked"),
  });
  const optIn = (): void =>
    confirm({
      title: `Opt ${address} in?`,
      children: <OptInWarning address={address} />,
      action: "Opt in",
      color: "orange",
      run: async () => {
        await answerOf(api.POST("/api/warmup-mailboxes/{mailbox_id}/opt-in", { params, body: {} }));
        await done(`${address} takes part.`);
      },
    });
  const optOut = (): void =>
    confirm({
      title: `Opt ${address} out?`,
      children:
        "At once: nothing more is written by it or to it, nothing is done in it, and letters that wait are cancelled. What was written stays to be looked at.",
      action: "Opt out",
      color: "blue",
      run: async () => {
        await answerOf(api.POST("/api/warmup-mailboxes/{mailbox_id}/opt-out", { params, body: {} }));
        await done(`${address} takes no part any more.`);
      },
    });
  const remove = (): void =>
    confirm({
      title: `Remove ${address}?`,
      children:
        "It is opted out and forgotten, with its password and all that it wrote and got in the pool. The mailbox itself, and its warmup, stay as they are.",
      action: "Remove",
      typed: address,
      run: async () => {
        await answerOf(api.DELETE("/api/warmup-mailboxes/{mailbox_id}", { params }));
        void navigate("/warmups/pool");
        queries.removeQueries({ queryKey: ["warmups", "pool", "one", id] });
        await done(`${address} is removed.`);
      },
    });
  if (!mayChange) return null;
  return (
    <>
      <Button size="xs" variant="default" loading={check.isPending} onClick={() => check.mutate()}>
        Check
      </Button>
      {optedInAt === null ? (
        <Tooltip label={off} disabled={off === null}>
          <Button
            size="xs"
            data-disabled={off !== null || undefined}
            onClick={off === null ? optIn : (event) => event.preventDefault()}
          >
            Opt in
          </Button>
        </Tooltip>
      ) : (
        <Button size="xs" onClick={optOut}>
          Opt out
        </Button>
      )}
      <Button size="xs" variant="default" onClick={() => edit(found)}>
        Edit
      </Button>
      <Button size="xs" variant="light" color="red" onClick={remove}>
        Remove
      </Button>
    </>
  );
}

function OptInWarning({ address }: { address: string }) {
  return (
    <>
      <Text size="sm" fw={600} mb="xs">
        Artificial engagement can breach mailbox providers’ terms, and they may hold it against the account.
        Read the terms of yours before; the decision is yours, and is kept with your name.
      </Text>
      <Text size="sm">
        {address} will write to the other mailboxes of this tenant that are opted in, and to nobody else; it
        will open, click, answer and flag some of what they write, and move their letters out of junk. Each
        letter says what it is (<code>X-Floe-Warmup</code>). Floe logs in first; nothing else in the mailbox
        is read or touched.
      </Text>
    </>
  );
}

function readable(address: string, junk: string | null): string {
  return junk === null
    ? `${address} can be read, but has no folder for junk: where its letters land is not measured.`
    : `${address} can be read; its junk is in ${junk}.`;
}
