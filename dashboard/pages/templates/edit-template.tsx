import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "react-router";
import { answerOf, type ApiClient } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { PageHeader } from "../../parts/page-header.js";
import { QueryState } from "../../parts/states.js";
import { tellDone } from "../../parts/telling.js";
import type { Draft } from "./queries.js";
import { TemplateForm } from "./template-form.js";

/** Saving makes another version; what was sent with this one stays as it was. */
export function EditTemplate() {
  const { template = "" } = useParams();
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  // Once: what is being written must not change below the writer's hands.
  const query = useQuery({
    queryKey: ["template-sources", template],
    queryFn: () => sourceOf(api, template),
    ...{ refetchInterval: false, staleTime: Infinity, gcTime: 0 },
  });
  return (
    <QueryState query={query}>
      {({ id, name, draft }) => (
        <>
          <PageHeader
            title={`Edit ${name}`}
            trail={[
              { title: "Templates", to: "/templates" },
              { title: name, to: `/templates/${id}` },
            ]}
          />
          <TemplateForm
            initial={draft}
            action="Save a version"
            save={async ({ name: _none, ...values }) => {
              const { version } = await answerOf(api.POST("/api/templates", { body: { name, ...values } }));
              tellDone(`${name} is saved as version ${version}.`);
              await queries.invalidateQueries({ queryKey: ["templates"] });
              void navigate(`/templates/${id}`);
            }}
            onCancel={() => void navigate(`/templates/${id}`)}
          />
        </>
      )}
    </QueryState>
  );
}

/** A text that the html makes by itself is not the writer's: it must follow the html. */
async function sourceOf(
  api: ApiClient,
  template: string,
): Promise<{ id: string; name: string; draft: Draft }> {
  const found = await answerOf(api.GET("/api/templates/{template}", { params: { path: { template } } }));
  const source: Draft = {
    subject: found.subject,
    ...(found.mjml === null ? { html: found.html } : { mjml: found.mjml }),
    ...(found.preheader !== null && { preheader: found.preheader }),
  };
  const textOf = async (draft: Draft): Promise<string> =>
    (await answerOf(api.POST("/api/templates/preview", { body: draft }))).text;
  const [made, own] = await Promise.all([textOf(source), textOf({ ...source, text: found.text })]);
  const draft = made === own ? source : { ...source, text: found.text };
  return { id: found.template_id, name: found.name, draft };
}
