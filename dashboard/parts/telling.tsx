import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { toProblem } from "../data/problem.js";

const close = { "aria-label": "Dismiss" };
/** Time enough to read a sentence, see that it was wrong and reach the button. */
const undoMs = 10_000;

export function tellDone(message: string): void {
  notifications.show({ message, color: "green", closeButtonProps: close });
}

/** @param title what was not done */
export function tellProblem(error: unknown, title: string): void {
  const { detail, requestId } = toProblem(error);
  const message = requestId === undefined ? detail : `${detail} (request ${requestId})`;
  notifications.show({
    title,
    message,
    color: "red",
    autoClose: 15_000,
    closeButtonProps: close,
    role: "alert",
  });
}

/** What was done, with a way back. Undoing is an action of its own: it may be refused, and then says why. */
export function tellDoneWithUndo(message: string, undo: () => Promise<unknown>): void {
  const id = notifications.show({
    autoClose: undoMs,
    color: "green",
    closeButtonProps: close,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{message}</Text>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => {
            notifications.hide(id);
            undo().then(
              () => tellDone("It is as it was."),
              (error: unknown) => tellProblem(error, "It could not be undone"),
            );
          }}
        >
          Undo
        </Button>
      </Group>
    ),
  });
}
