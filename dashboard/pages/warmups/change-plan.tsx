import { Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "react-router";
import { answerOf } from "../../data/client.js";
import { FormActions } from "../../parts/form-actions.js";
import { PageHeader } from "../../parts/page-header.js";
import { useProblemForm } from "../../parts/problem-form.js";
import { QueryState } from "../../parts/states.js";
import { tellDone } from "../../parts/telling.js";
import { findWarmupPreset } from "../../../domain/warmup-presets.js";
import { PlanFields } from "./plan-fields.js";
import { bodyOfPlan, ownCurve, type PlanValues } from "./plan.js";
import { placeOf } from "./place.js";
import { warmupQuery, type Warmup } from "./queries.js";
import { useWhose } from "./whose.js";

export function ChangePlan() {
  const { warmup = "" } = useParams();
  const { api } = useWhose();
  const query = useQuery(warmupQuery(api, warmup));
  return <QueryState query={query}>{(found) => <PlanForm warmup={found} />}</QueryState>;
}

function PlanForm({ warmup: { warmup_id: id, key, kind, plan } }: { warmup: Warmup }) {
  const { api, search } = useWhose();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const back = `/warmups/${id}${search}`;
  const known = findWarmupPreset(plan.preset);
  const form = useForm<PlanValues>({
    initialValues: {
      preset: known ? plan.preset : ownCurve,
      first_days: plan.first_days.join(", "),
      ...{ growth: plan.growth, step: plan.step },
      target: known?.target === plan.target ? "" : plan.target,
    },
  });
  const problems = useProblemForm(form, placeOf);
  const submit = form.onSubmit((values) =>
    problems.submit(async () => {
      const params = { path: { warmup_id: id }, header: {} };
      await answerOf(api.PUT("/api/warmups/{warmup_id}/plan", { params, body: bodyOfPlan(values) }));
      tellDone("It goes on where the new curve allows no more than now.");
      await queries.invalidateQueries({ queryKey: ["warmups"] });
      void navigate(back);
    }),
  );
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <PageHeader
        title={`Change the plan of ${key}`}
        description="It goes on where the new curve allows no more than now."
        trail={[
          { title: "Warmups", to: `/warmups${search}` },
          { title: key, to: back },
        ]}
      />
      <Stack>
        <PlanFields form={form} kind={kind} />
        <FormActions problems={problems} action="Change" onCancel={() => void navigate(back)} />
      </Stack>
    </form>
  );
}
