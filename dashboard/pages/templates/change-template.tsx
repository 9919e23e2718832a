import { Button, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { answerOf } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { openForm } from "../../parts/form-dialog.js";
import { useRemoval } from "../../parts/removal.js";
import { tellDone } from "../../parts/telling.js";
import type { TemplateContent } from "./queries.js";

export function RenameTemplate({ template }: { template: TemplateContent }) {
  const api = useApi();
  const queries = useQueryClient();
  const rename = (): void =>
    openForm({
      title: `Rename ${template.name}`,
      action: "Rename",
      initial: { name: template.name },
      fields: (form) => <TextInput label="Name" required data-autofocus {...form.getInputProps("name")} />,
      run: async (body) => {
        const params = { path: { template: template.template_id } };
        await answerOf(api.PATCH("/api/templates/{template}", { params, body }));
        tellDone(`It is called ${body.name} now.`);
        await queries.invalidateQueries({ queryKey: ["templates"] });
      },
    });
  return (
    <Button variant="default" onClick={rename}>
      Rename
    </Button>
  );
}

/** Asks, removes, and goes back to the list. */
export function useTemplateRemoval({ template_id: id, name }: TemplateContent): () => void {
  const api = useApi();
  const removal = useRemoval("templates");
  return () =>
    removal({
      title: `Delete ${name}?`,
      children:
        "All its versions are deleted. One that something was sent with, or is to be, cannot be deleted.",
      run: () => api.DELETE("/api/templates/{template}", { params: { path: { template: id } } }),
      said: `${name} is deleted.`,
      forget: [["templates", "one", id]],
    });
}
