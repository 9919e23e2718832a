import { Alert, Modal, NumberInput, Stack, Table, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { FormActions } from "./form-actions.js";
import { Count, count } from "./numbers.js";
import { useProblemForm } from "./problem-form.js";
import { QueryState } from "./states.js";

/** What an action on many would take up. */
export interface ManyPreview {
  count: number;
  /** There are more than were counted. */
  partial?: boolean;
  parts: readonly { name: string; count: number }[];
}

export interface ManyDialogProps {
  title: string;
  /** What it does, and what it leaves. */
  about: ReactNode;
  /** The verb on the button. */
  action: string;
  /** Of that button; red destroys something. */
  color?: string | undefined;
  preview: UseQueryResult<ManyPreview>;
  /** Keeps the dialog open, with what is wrong, until it has begun. */
  run: (asked: { per_second: number; because?: string; expected: number }) => Promise<unknown>;
  onClose: () => void;
}

/** Shows what an action on many would take up, how fast, and asks why; then it goes on as a durable job. */
export function ManyDialog({ title, about, action, color, preview, run, onClose }: ManyDialogProps) {
  const form = useForm({ initialValues: { per_second: 100, because: "" } });
  const problems = useProblemForm(form);
  const found = preview.data;
  const submit = form.onSubmit(async ({ per_second, because }) => {
    if (!found) return;
    const reason = because.trim() !== "" && { because: because.trim() };
    if (await problems.submit(() => run({ per_second, ...reason, expected: found.count }))) onClose();
  });
  return (
    <Modal opened onClose={onClose} title={title} size="lg" closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack>
          <Text size="sm">{about}</Text>
          <QueryState query={preview}>{(shown) => <Preview preview={shown} />}</QueryState>
          {found !== undefined && found.count > 0 && (
            <>
              <NumberInput
                label="At most a second"
                min={0.1}
                max={10_000}
                w={160}
                {...form.getInputProps("per_second")}
              />
              <TextInput
                label="Why"
                description="Stands in the audit log"
                {...form.getInputProps("because")}
              />
              <FormActions problems={problems} action={action} color={color} onCancel={onClose} />
            </>
          )}
        </Stack>
      </form>
    </Modal>
  );
}

function Preview({ preview: { count: all, partial, parts } }: { preview: ManyPreview }) {
  if (all === 0) return <Alert color="gray">Nothing of it can be taken up: change the filters.</Alert>;
  return (
    <>
      <Text fw={600} role="status">
        {partial ? `More than ${count(all)}` : count(all)} would be taken up.
      </Text>
      <Table verticalSpacing={4} aria-label="What would be taken up">
        <Table.Tbody>
          {parts.slice(0, 12).map((part) => (
            <Table.Tr key={part.name}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{part.name}</Table.Td>
              <Table.Td ta="right">
                <Count value={part.count} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}
