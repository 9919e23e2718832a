import { TextInput } from "@mantine/core";
import { openForm } from "../../parts/form-dialog.js";

export interface NameForm {
  title: string;
  /** The verb on the button. */
  action: string;
  initial?: string;
  save: (name: string) => Promise<unknown>;
}

/** Asks what a list is called. */
export function askName({ title, action, initial = "", save }: NameForm): void {
  openForm({
    ...{ title, action },
    initial: { name: initial },
    fields: (form) => <TextInput label="Name" required data-autofocus {...form.getInputProps("name")} />,
    run: ({ name }) => save(name.trim()),
  });
}
