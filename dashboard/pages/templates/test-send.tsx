import { Button, TextInput } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { answerOf } from "../../data/client.js";
import { useApi, useWho } from "../../data/who.js";
import { openForm } from "../../parts/form-dialog.js";
import { tellDone } from "../../parts/telling.js";
import type { TemplateContent } from "./queries.js";

/** One message to one address, with the version that is looked at. */
export function TestSend({ template }: { template: TemplateContent }) {
  const api = useApi();
  const { session } = useWho();
  const send = (): void =>
    openForm({
      title: `Send a test of ${template.name}`,
      action: "Send",
      initial: { recipient: session.user.email, from_email: "" },
      fields: (form) => (
        <>
          <TextInput label="To" type="email" required data-autofocus {...form.getInputProps("recipient")} />
          <TextInput
            label="From"
            description="An address of a domain that may send"
            type="email"
            required
            {...form.getInputProps("from_email")}
          />
        </>
      ),
      run: async (body) => {
        const params = { path: { template: template.template_version_id } };
        await answerOf(api.POST("/api/templates/{template}/test", { params, body }));
        tellDone(`A test is on its way to ${body.recipient}.`);
      },
    });
  return (
    <Button variant="default" leftSection={<IconSend size={16} />} onClick={send}>
      Send a test
    </Button>
  );
}
