import { Stack, Text } from "@mantine/core";
import { useForm, type UseFormReturnType } from "@mantine/form";
import { modals } from "@mantine/modals";
import type { ReactNode } from "react";
import { FormActions } from "./form-actions.js";
import { useProblemForm } from "./problem-form.js";

export interface FormDialogProps<Values> {
  title: string;
  /** What it does, above the fields. */
  about?: ReactNode;
  /** The verb on the button. */
  action: string;
  /** With the names of the body. */
  initial: Values;
  fields: (form: UseFormReturnType<Values>) => ReactNode;
  /** Keeps the dialog open, with what is wrong at its field, until it was done. */
  run: (values: Values) => Promise<unknown>;
  /** Which field shows a problem that the API has under another name. */
  place?: (field: string) => string;
}

/** A few fields in a dialog, sent when the button is pressed. */
export function openForm<Values extends object>(props: FormDialogProps<Values>): void {
  const id = modals.open({
    title: props.title,
    closeButtonProps: { "aria-label": "Close" },
    children: <Fields {...props} onDone={() => modals.close(id)} />,
  });
}

function Fields<Values extends object>(props: FormDialogProps<Values> & { onDone: () => void }) {
  const { about, action, initial, fields, run, place, onDone } = props;
  const form = useForm<Values>({ initialValues: initial });
  const problems = useProblemForm(form, place);
  const submit = form.onSubmit(
    (values) => void problems.submit(() => run(values)).then((done) => done && onDone()),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {about !== undefined && (
          <Text size="sm" component="div">
            {about}
          </Text>
        )}
        {fields(form)}
        <FormActions problems={problems} action={action} onCancel={onDone} />
      </Stack>
    </form>
  );
}
