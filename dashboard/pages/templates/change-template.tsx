import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { answerOf } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { confirm } from "../../parts/confirm.js";
import { useProblemForm } from "../../parts/problem-form.js";
import { ProblemState } from "../../parts/states.js";
import { tellDone } from "../../parts/telling.js";
import type { TemplateContent } from "./queries.js";

export function RenameTemplate({ template }: { template: TemplateContent }) {
  const api = useApi();
  const queries = useQueryClient();
  const [opened, { open, close }] = useDisclosure(false);
  const form = useForm({ initialValues: { name: template.name } });
  const problems = useProblemForm(form);
  const submit = form.onSubmit((body) =>
    problems.submit(async () => {
      const params = { path: { template: template.template_id } };
      await answerOf(api.PATCH("/api/templates/{template}", { params, body }));
      tellDone(`It is called ${body.name} now.`);
      await queries.invalidateQueries({ queryKey: ["templates"] });
      close();
    }),
  );
  return (
    <>
      <Button variant="default" onClick={open}>
        Rename
      </Button>
      <Modal opened={opened} onClose={close} title={`Rename ${template.name}`}>
        <form onSubmit={(event) => void submit(event)} noValidate>
          <Stack>
            <TextInput label="Name" required data-autofocus {...form.getInputProps("name")} />
            {problems.problem && <ProblemState problem={problems.problem} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Cancel
              </Button>
              <Button type="submit" loading={problems.busy}>
                Rename
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}

/** Asks, removes, and goes back to the list. */
export function useTemplateRemoval({ template_id: id, name }: TemplateContent): () => void {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  return () =>
    confirm({
      title: `Delete ${name}?`,
      children:
        "All its versions are deleted. One that something was sent with, or is to be, cannot be deleted.",
      action: "Delete",
      run: async () => {
        await api.DELETE("/api/templates/{template}", { params: { path: { template: id } } });
        tellDone(`${name} is deleted.`);
        void navigate("/templates");
        queries.removeQueries({ queryKey: ["templates", "one", id] });
        await queries.invalidateQueries({ queryKey: ["templates", "list"] });
      },
    });
}
