import { Stack, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { answerOf } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { FormActions } from "../../parts/form-actions.js";
import { count } from "../../parts/numbers.js";
import { useProblemForm } from "../../parts/problem-form.js";
import { tellDone } from "../../parts/telling.js";

/** One address or domain, or many addresses. */
export function NewSuppressions() {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({
    initialValues: { addresses: "" },
    validate: { addresses: (text) => (entriesOf(text).length === 0 ? "is empty" : null) },
  });
  const problems = useProblemForm(form, (field) => (/^(address|domain)/.test(field) ? "addresses" : field));
  const submit = form.onSubmit((values) =>
    problems.submit(async () => {
      const entries = entriesOf(values.addresses);
      const addresses = entries.filter((entry) => entry.includes("@"));
      const domains = entries.filter((entry) => !entry.includes("@"));
      let added = 0;
      if (addresses.length > 0)
        added += (await answerOf(api.POST("/api/suppressions/addresses", { body: { addresses } }))).added;
      for (const domain of domains)
        added += Number((await answerOf(api.POST("/api/suppressions", { body: { domain } }))).added);
      tellDone(`${count(added)} of ${count(entries.length)} suppressed; the others were so already.`);
      await queries.invalidateQueries({ queryKey: ["suppressions"] });
      void navigate("/suppressions");
    }),
  );
  return (
    <DetailDrawer title="Suppress addresses" backTo="/suppressions">
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack>
          <Textarea
            label="Addresses and domains"
            description="One a line; a domain is every address of it. Up to 5,000 at once."
            placeholder={"ann@example.com\nexample.org"}
            autosize
            minRows={4}
            maxRows={18}
            required
            data-autofocus
            {...form.getInputProps("addresses")}
          />
          <FormActions
            problems={problems}
            action="Suppress"
            onCancel={() => void navigate("/suppressions")}
          />
        </Stack>
      </form>
    </DetailDrawer>
  );
}

function entriesOf(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter((entry) => entry !== ""))];
}
