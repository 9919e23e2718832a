import { Grid, JsonInput, SegmentedControl, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { toProblem } from "../../data/problem.js";
import { useApi } from "../../data/who.js";
import { FormActions } from "../../parts/form-actions.js";
import { MessagePreview } from "../../parts/message-preview.js";
import { Panel } from "../../parts/panel.js";
import { useProblemForm } from "../../parts/problem-form.js";
import { LoadingState } from "../../parts/states.js";
import { draftQuery, type Draft, type Variables } from "./queries.js";
import { SourceProblems } from "./source-problems.js";

export interface TemplateFormProps {
  /** Absent where the template has one already. */
  withName?: boolean;
  initial?: Draft;
  action: string;
  save: (values: Draft & { name: string }) => Promise<unknown>;
  onCancel: () => void;
}

/** Long enough that one does not see half of a word rendered, short enough to look while one writes. */
const restMs = 500;
const mono = { input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13 } };

export function TemplateForm({ withName = false, initial, action, save, onCancel }: TemplateFormProps) {
  const source = useRef<HTMLTextAreaElement>(null);
  const form = useForm({
    initialValues: {
      name: "",
      subject: initial?.subject ?? "",
      preheader: initial?.preheader ?? "",
      language: initial?.mjml === undefined ? "html" : "mjml",
      html: initial?.html ?? "",
      mjml: initial?.mjml ?? "",
      text: initial?.text ?? "",
      variables: '{\n  "first_name": "Ann"\n}',
    },
    validate: { name: (name) => (withName && name.trim() === "" ? "is empty" : null) },
  });
  const problems = useProblemForm(form);
  const language = form.values.language === "mjml" ? "mjml" : "html";
  const draft = draftOf(form.values);
  return (
    <form
      onSubmit={(event) =>
        void form.onSubmit((values) =>
          problems.submit(() => save({ name: values.name.trim(), ...draftOf(values) })),
        )(event)
      }
      noValidate
    >
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 6 }}>
          <Stack>
            {withName && <TextInput label="Name" required {...form.getInputProps("name")} />}
            <TextInput
              label="Subject"
              description="Handlebars, as everything here: {{first_name}}"
              required
              {...form.getInputProps("subject")}
            />
            <TextInput
              label="Preheader"
              description="What mail readers show beside the subject"
              {...form.getInputProps("preheader")}
            />
            <SegmentedControl
              aria-label="Written as"
              data={[
                { value: "html", label: "Html" },
                { value: "mjml", label: "MJML" },
              ]}
              {...form.getInputProps("language")}
            />
            <Textarea
              key={language}
              ref={source}
              label={language === "mjml" ? "MJML" : "Html"}
              autosize
              minRows={14}
              maxRows={30}
              spellCheck={false}
              styles={mono}
              required
              {...form.getInputProps(language)}
            />
            <Textarea
              label="Text"
              description="For readers without html; empty: made from the html"
              autosize
              minRows={2}
              maxRows={14}
              styles={mono}
              {...form.getInputProps("text")}
            />
            <FormActions problems={problems} action={action} onCancel={onCancel} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 6 }}>
          <Stack>
            <DraftPreview draft={draft} variables={form.values.variables} source={source} />
            <JsonInput
              label="Sample variables"
              description="Of the preview only, as a JSON object"
              autosize
              minRows={3}
              maxRows={10}
              styles={mono}
              {...form.getInputProps("variables")}
            />
          </Stack>
        </Grid.Col>
      </Grid>
    </form>
  );
}

interface DraftPreviewProps {
  draft: Draft;
  /** JSON, while it is being typed. */
  variables: string;
  source: React.RefObject<HTMLTextAreaElement | null>;
}

function DraftPreview({ draft, variables, source }: DraftPreviewProps) {
  const api = useApi();
  const [settled] = useDebouncedValue(JSON.stringify({ draft, variables: parsed(variables) }), restMs);
  const asked = JSON.parse(settled) as { draft: Draft; variables: Variables };
  const isEmpty = (asked.draft.html ?? asked.draft.mjml) === "";
  const query = useQuery({
    ...draftQuery(api, asked.draft, asked.variables),
    enabled: !isEmpty,
    placeholderData: keepPreviousData,
  });
  return (
    <Panel title="Preview">
      {isEmpty ? (
        <Text size="sm" c="var(--floe-quiet)">
          It is shown here while you write.
        </Text>
      ) : query.isError ? (
        <SourceProblems problem={toProblem(query.error)} source={source} />
      ) : query.data ? (
        <MessagePreview {...query.data} />
      ) : (
        <LoadingState rows={8} />
      )}
    </Panel>
  );
}

interface Written {
  subject: string;
  preheader: string;
  language: string;
  html: string;
  mjml: string;
  text: string;
}

function draftOf({ subject, preheader, language, html, mjml, text }: Written): Draft {
  return {
    subject,
    ...(language === "mjml" ? { mjml } : { html }),
    ...(text !== "" && { text }),
    ...(preheader !== "" && { preheader }),
  };
}

/** Half-typed variables are none. */
function parsed(json: string): Variables {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Variables) : {};
  } catch {
    return {};
  }
}
