import { Alert, Button, Code, Group, Stack, Text, TextInput } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useState, type ReactNode, type SubmitEvent } from "react";
import { toProblem, type ApiProblem } from "../data/problem.js";

export interface Confirmation {
  /** A question: `Delete the contact?` */
  title: string;
  /** What it does, and what it leaves. */
  children: ReactNode;
  /** The verb on the button: `Delete`. */
  action: string;
  /** Red unless it destroys nothing. */
  color?: string;
  /** Of the gravest: the person types this first. */
  typed?: string;
  /** Keeps the dialog open, with what is wrong, until it was done. */
  run: () => Promise<unknown>;
}

/** Asks before something that is not taken back easily. */
export function confirm(confirmation: Confirmation): void {
  const id = modals.open({
    title: confirmation.title,
    children: <Asked confirmation={confirmation} onDone={() => modals.close(id)} />,
  });
}

function Asked({ confirmation, onDone }: { confirmation: Confirmation; onDone: () => void }) {
  const { children, action, color = "red", typed, run } = confirmation;
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const carryOut = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await run();
      onDone();
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void carryOut(event)}>
      <Stack>
        <Text size="sm" component="div">
          {children}
        </Text>
        {typed !== undefined && (
          <TextInput
            label={
              <>
                Type <Code>{typed}</Code> to go on
              </>
            }
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        )}
        {problem && (
          <Alert color="red" title={problem.title} role="alert">
            {problem.detail}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone} data-autofocus={typed === undefined || undefined}>
            Leave it
          </Button>
          <Button type="submit" color={color} loading={busy} disabled={typed !== undefined && text !== typed}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
