import { Button, Group } from "@mantine/core";
import type { useProblemForm } from "./problem-form.js";
import { ProblemState } from "./states.js";

export interface FormActionsProps {
  /** Of the form: what the API refused, and whether it is asked now. */
  problems: Pick<ReturnType<typeof useProblemForm>, "problem" | "busy">;
  /** The verb on the button. */
  action: string;
  /** Of that button; red destroys something. */
  color?: string | undefined;
  onCancel: () => void;
}

/** The end of a form: what is wrong with it as a whole, and its buttons. */
export function FormActions({ problems: { problem, busy }, action, color, onCancel }: FormActionsProps) {
  return (
    <>
      {problem && <ProblemState problem={problem} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" loading={busy} color={color}>
          {action}
        </Button>
      </Group>
    </>
  );
}
