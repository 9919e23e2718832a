import { JsonInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { answerOf } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { FormActions } from "../../parts/form-actions.js";
import { useProblemForm } from "../../parts/problem-form.js";
import { tellDone } from "../../parts/telling.js";

/** An event of the tenant's own, such as `order.paid`. */
export function NewEvent() {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({
    initialValues: { type: "", key: "", data: "{}" },
    validate: { data: (text) => (isJson(text) ? null : 'must be JSON, such as {"order": 7}') },
  });
  const problems = useProblemForm(form);
  const submit = form.onSubmit(({ type, key, data }) =>
    problems.submit(async () => {
      const body = { type, key: key || null, data: JSON.parse(data) as Record<string, never> };
      const { event_id: eventId } = await answerOf(api.POST("/api/webhook-events", { body }));
      await queries.invalidateQueries({ queryKey: ["webhooks"] });
      if (eventId === null) return tellDone("No endpoint wants this type: nobody is told.");
      tellDone("The event is on its way.");
      void navigate(`/webhooks/events/${eventId}`);
    }),
  );
  return (
    <DetailDrawer title="Publish an event" backTo="/webhooks/events">
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack>
          <TextInput
            label="Type"
            placeholder="order.paid"
            required
            data-autofocus
            {...form.getInputProps("type")}
          />
          <TextInput
            label="Key"
            description="Endpoints that keep order do so for events of one key"
            {...form.getInputProps("key")}
          />
          <JsonInput label="Data" autosize minRows={4} formatOnBlur {...form.getInputProps("data")} />
          <FormActions
            problems={problems}
            action="Publish"
            onCancel={() => void navigate("/webhooks/events")}
          />
        </Stack>
      </form>
    </DetailDrawer>
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
