import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { IconSend } from "@tabler/icons-react";
import { answerOf } from "../../data/client.js";
import { useApi, useWho } from "../../data/who.js";
import { useProblemForm } from "../../parts/problem-form.js";
import { ProblemState } from "../../parts/states.js";
import { tellDone } from "../../parts/telling.js";
import type { TemplateContent } from "./queries.js";

/** One message to one address, with the version that is looked at. */
export function TestSend({ template }: { template: TemplateContent }) {
  const api = useApi();
  const { session } = useWho();
  const [opened, { open, close }] = useDisclosure(false);
  const form = useForm({ initialValues: { recipient: session.user.email, from_email: "" } });
  const problems = useProblemForm(form);
  const submit = form.onSubmit(({ recipient, from_email }) =>
    problems.submit(async () => {
      const params = { path: { template: template.template_version_id } };
      const body = { recipient, from_email };
      await answerOf(api.POST("/api/templates/{template}/test", { params, body }));
      tellDone(`A test is on its way to ${recipient}.`);
      close();
    }),
  );
  return (
    <>
      <Button variant="default" leftSection={<IconSend size={16} />} onClick={open}>
        Send a test
      </Button>
      <Modal opened={opened} onClose={close} title={`Send a test of ${template.name}`}>
        <form onSubmit={(event) => void submit(event)} noValidate>
          <Stack>
            <TextInput label="To" type="email" required data-autofocus {...form.getInputProps("recipient")} />
            <TextInput
              label="From"
              description="An address of a domain that may send"
              type="email"
              required
              {...form.getInputProps("from_email")}
            />
            {problems.problem && <ProblemState problem={problems.problem} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Cancel
              </Button>
              <Button type="submit" loading={problems.busy}>
                Send
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
