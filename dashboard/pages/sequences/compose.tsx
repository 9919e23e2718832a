import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "react-router";
import { answerOf, taggedAnswerOf, type ApiClient } from "../../data/client.js";
import { useApi, useWho } from "../../data/who.js";
import { composingOf } from "../../parts/composing-fields.js";
import { PageHeader } from "../../parts/page-header.js";
import { QueryState } from "../../parts/states.js";
import { tellDone } from "../../parts/telling.js";
import { emptySequence, valuesOf } from "./draft.js";
import { SequenceForm } from "./sequence-form.js";

const toAll = { title: "Sequences", to: "/sequences" };

export function NewSequence() {
  const api = useApi();
  const { settings } = useWho();
  const queries = useQueryClient();
  const navigate = useNavigate();
  return (
    <>
      <PageHeader title="A new sequence" trail={[toAll]} />
      <SequenceForm
        initial={emptySequence(settings.time_zone)}
        action="Compose"
        save={async (body) => {
          const { sequence_id: id } = await answerOf(api.POST("/api/sequences", { body }));
          tellDone(`${body.name} is composed. Nothing is sent before you start it.`);
          await queries.invalidateQueries({ queryKey: ["sequences"] });
          void navigate(`/sequences/${id}`);
        }}
        onCancel={() => void navigate("/sequences")}
      />
    </>
  );
}

/** Of a sequence that was never started. */
export function EditSequence() {
  const { sequence = "" } = useParams();
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  // Once, with the tag of what was seen: what came since must not be overwritten unseen.
  const query = useQuery({
    queryKey: ["sequence-drafts", sequence],
    queryFn: () => draftOf(api, sequence),
    ...{ refetchInterval: false, staleTime: Infinity, gcTime: 0 },
  });
  const back = `/sequences/${sequence}`;
  return (
    <QueryState query={query}>
      {({ tag, kept, values }) => (
        <>
          <PageHeader title={`Edit ${values.name}`} trail={[toAll, { title: values.name, to: back }]} />
          <SequenceForm
            initial={values}
            action="Save"
            save={async (body) => {
              const params = { path: { sequence_id: sequence }, header: { "If-Match": tag } };
              await answerOf(api.PUT("/api/sequences/{sequence_id}", { params, body: { ...kept, ...body } }));
              tellDone("The sequence is changed.");
              await Promise.all(
                ["sequences", "campaigns"].map((key) => queries.invalidateQueries({ queryKey: [key] })),
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
  const params = { path: { sequence_id: id } };
  const { value, tag } = await taggedAnswerOf(api.GET("/api/sequences/{sequence_id}", { params }));
  const { values: shared, kept } = await composingOf(api, id);
  return { tag, kept, values: valuesOf(value, shared) };
}
