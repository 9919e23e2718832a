import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "react-router";
import { answerOf, taggedAnswerOf, type ApiClient } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { composingOf } from "../../parts/composing-fields.js";
import { PageHeader } from "../../parts/page-header.js";
import { QueryState } from "../../parts/states.js";
import { tellDone } from "../../parts/telling.js";
import { emptyAbTest, valuesOf } from "./draft.js";
import { AbTestForm } from "./ab-test-form.js";

const toAll = { title: "A/B tests", to: "/ab-tests" };

export function NewAbTest() {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  return (
    <>
      <PageHeader title="A new A/B test" trail={[toAll]} />
      <AbTestForm
        initial={emptyAbTest()}
        action="Compose"
        save={async (body) => {
          const { ab_test_id: id } = await answerOf(api.POST("/api/ab-tests", { body }));
          tellDone(`${body.name} is composed. Nothing is sent before you start it.`);
          await queries.invalidateQueries({ queryKey: ["ab-tests"] });
          void navigate(`/ab-tests/${id}`);
        }}
        onCancel={() => void navigate("/ab-tests")}
      />
    </>
  );
}

/** Of a test that was never started. */
export function EditAbTest() {
  const { test = "" } = useParams();
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  // Once, with the tag of what was seen: what came since must not be overwritten unseen.
  const query = useQuery({
    queryKey: ["ab-test-drafts", test],
    queryFn: () => draftOf(api, test),
    ...{ refetchInterval: false, staleTime: Infinity, gcTime: 0 },
  });
  const back = `/ab-tests/${test}`;
  return (
    <QueryState query={query}>
      {({ tag, kept, values }) => (
        <>
          <PageHeader title={`Edit ${values.name}`} trail={[toAll, { title: values.name, to: back }]} />
          <AbTestForm
            initial={values}
            action="Save"
            save={async (body) => {
              const params = { path: { ab_test_id: test }, header: { "If-Match": tag } };
              await answerOf(api.PUT("/api/ab-tests/{ab_test_id}", { params, body: { ...kept, ...body } }));
              tellDone("The test is changed.");
              await Promise.all(
                ["ab-tests", "campaigns"].map((key) => queries.invalidateQueries({ queryKey: [key] })),
              );
              void navigate(back);
            }}
            onCancel={() => void navigate(back)}
          />
        </>
      )}
    </QueryState>
  );
}

async function draftOf(api: ApiClient, id: string) {
  const params = { path: { ab_test_id: id } };
  const { value, tag } = await taggedAnswerOf(api.GET("/api/ab-tests/{ab_test_id}", { params }));
  const { values: shared, kept } = await composingOf(api, id);
  return { tag, kept, values: valuesOf(value, shared) };
}
