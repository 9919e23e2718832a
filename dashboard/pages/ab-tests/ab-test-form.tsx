import {
  ActionIcon,
  Button,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Tooltip,
} from "@mantine/core";
import { useForm, type UseFormReturnType } from "@mantine/form";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { mostVariants } from "../../../domain/ab-test.js";
import { ComposingPanel } from "../../parts/composing-fields.js";
import { DelayFields } from "../../parts/delay-fields.js";
import { FormActions } from "../../parts/form-actions.js";
import { share } from "../../parts/numbers.js";
import { Panel } from "../../parts/panel.js";
import { useProblemForm } from "../../parts/problem-form.js";
import { TemplatePicker } from "../../parts/template-picker.js";
import { bodyOf, emptyVariant, type AbTestBody, type AbTestValues } from "./draft.js";

export interface AbTestFormProps {
  initial: AbTestValues;
  action: string;
  save: (body: AbTestBody) => Promise<unknown>;
  onCancel: () => void;
}

/** An A/B test as it is composed: who writes to whom, its variants, and how the winner is chosen. */
export function AbTestForm({ initial, action, save, onCancel }: AbTestFormProps) {
  const form = useForm<AbTestValues>({
    initialValues: initial,
    validate: {
      name: (name) => (name.trim() === "" ? "is empty" : null),
      variants: { template: (template) => (template === "" ? "choose one" : null) },
    },
  });
  const problems = useProblemForm(form);
  const submit = form.onSubmit((values) => problems.submit(() => save(bodyOf(values))));
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack>
        <ComposingPanel form={form} />
        <Variants form={form} />
        <Panel title="Which the rest gets">
          <Stack maw={760}>
            <Rules form={form} />
            <FormActions problems={problems} action={action} onCancel={onCancel} />
          </Stack>
        </Panel>
      </Stack>
    </form>
  );
}

type AbTestFormOf = UseFormReturnType<AbTestValues>;

function Variants({ form }: { form: AbTestFormOf }) {
  const { variants, share_percent: percent } = form.values;
  const each = typeof percent === "number" ? percent / 100 / variants.length : 0;
  return (
    <Panel
      title="Variants"
      aside={
        <Text size="sm" c="var(--floe-quiet)" role="status">
          {share(each)} of the audience each
        </Text>
      }
    >
      <Stack>
        {variants.map((variant, at) => (
          <Group key={variant.key} align="flex-start" role="group" aria-label={`Variant ${at + 1}`}>
            <TextInput label="Name" w={120} {...form.getInputProps(`variants.${at}.name`)} />
            <TemplatePicker
              description={undefined}
              {...form.getInputProps(`variants.${at}.template`)}
              value={variant.template}
            />
            <TextInput
              label="Name of the sender"
              placeholder="The test’s"
              {...form.getInputProps(`variants.${at}.from_name`)}
            />
            <Tooltip label="A test has two variants at least" disabled={variants.length > 2}>
              <ActionIcon
                variant="subtle"
                color="gray"
                mt={28}
                aria-label={`Remove variant ${at + 1}`}
                disabled={variants.length <= 2}
                onClick={() => form.removeListItem("variants", at)}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Tooltip>
          </Group>
        ))}
        <Group>
          <Button
            variant="default"
            leftSection={<IconPlus size={16} />}
            disabled={variants.length >= mostVariants}
            onClick={() => form.insertListItem("variants", emptyVariant(variants.length))}
          >
            Add a variant
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}

function Rules({ form }: { form: AbTestFormOf }) {
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Select
          label="Decides by"
          allowDeselect={false}
          data={[
            { value: "opens", label: "opens" },
            { value: "clicks", label: "clicks" },
            { value: "click-to-open", label: "clicks of those who opened" },
          ]}
          {...form.getInputProps("metric")}
        />
        <NumberInput
          label="Share that tests"
          description="Of the audience, by all variants together"
          suffix=" %"
          min={1}
          max={100}
          {...form.getInputProps("share_percent")}
        />
        <NumberInput
          label="Deliveries needed"
          description="Of each variant, before its rate says anything"
          min={1}
          allowDecimal={false}
          {...form.getInputProps("minimum_delivered")}
        />
        <NumberInput
          label="Unsubscribes at most"
          description="A variant with more cannot win; empty: no guard"
          suffix=" %"
          min={0}
          max={100}
          {...form.getInputProps("most_unsubscribes_percent")}
        />
        <Select
          label="When it is not clear"
          allowDeselect={false}
          data={[
            { value: "best", label: "the best so far is sent" },
            { value: "hold", label: "a person chooses" },
          ]}
          {...form.getInputProps("on_unclear")}
        />
        <Select
          label="A late choice"
          allowDeselect={false}
          data={[
            { value: "hold", label: "waits for a person" },
            { value: "send", label: "is sent all the same" },
          ]}
          {...form.getInputProps("on_late")}
        />
      </SimpleGrid>
      <DelayFields form={form} path="duration" label="Measured for" />
      <DelayFields form={form} path="late_after" label="Late after" />
    </>
  );
}
