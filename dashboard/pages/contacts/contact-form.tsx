import { JsonInput, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { FormActions } from "../../parts/form-actions.js";
import { useProblemForm } from "../../parts/problem-form.js";
import type { Contact } from "./queries.js";

export interface ContactValues {
  email: string;
  first_name: string | null;
  last_name: string | null;
  name: string | null;
  time_zone: string | null;
  attributes: Contact["attributes"];
}

export interface ContactFormProps {
  initial?: Contact;
  /** The verb on the button. */
  action: string;
  save: (values: ContactValues) => Promise<unknown>;
  onCancel: () => void;
}

const zones = Intl.supportedValuesOf("timeZone");

export function ContactForm({ initial, action, save, onCancel }: ContactFormProps) {
  const form = useForm({
    initialValues: {
      email: initial?.email ?? "",
      first_name: initial?.first_name ?? "",
      last_name: initial?.last_name ?? "",
      name: initial?.name ?? "",
      time_zone: initial?.time_zone ?? null,
      attributes: JSON.stringify(initial?.attributes ?? {}, null, 2),
    },
    validate: {
      email: (email) => (email.trim() === "" ? "is empty" : null),
      attributes: (text) => (isObject(text) ? null : 'must be a JSON object, such as {"plan": "gold"}'),
    },
  });
  // The body of an upsert has them in `contacts.0`.
  const problems = useProblemForm(form, (field) =>
    field.replace(/^contacts\.\d+\./, "").replace(/^attributes\..*/, "attributes"),
  );
  const submit = form.onSubmit((values) => {
    const { email, time_zone: zone } = values;
    const attributes = JSON.parse(values.attributes) as Contact["attributes"];
    const gone = Object.keys(initial?.attributes ?? {}).filter((name) => !(name in attributes));
    return problems.submit(() =>
      save({
        ...{ email: email.trim(), time_zone: zone, name: values.name || null },
        ...{ first_name: values.first_name || null, last_name: values.last_name || null },
        // What is left out would stay.
        attributes: { ...Object.fromEntries(gone.map((name) => [name, null])), ...attributes },
      }),
    );
  });
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack>
        <TextInput
          label="Email"
          type="email"
          autoComplete="off"
          required
          data-autofocus
          {...form.getInputProps("email")}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput label="First name" {...form.getInputProps("first_name")} />
          <TextInput label="Last name" {...form.getInputProps("last_name")} />
        </SimpleGrid>
        <TextInput
          label="Name as a whole"
          description="Where it is not first and last"
          {...form.getInputProps("name")}
        />
        <Select
          label="Time zone"
          description="For sends at the recipient’s local time"
          data={zones}
          searchable
          clearable
          limit={50}
          {...form.getInputProps("time_zone")}
        />
        <JsonInput
          label="Attributes"
          description="What templates and segments may use, as a JSON object"
          autosize
          minRows={3}
          maxRows={14}
          formatOnBlur
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          {...form.getInputProps("attributes")}
        />
        <FormActions problems={problems} action={action} onCancel={onCancel} />
      </Stack>
    </form>
  );
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
