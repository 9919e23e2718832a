import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { answerOf } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { PageHeader } from "../../parts/page-header.js";
import { tellDone } from "../../parts/telling.js";
import { TemplateForm } from "./template-form.js";

export function NewTemplate() {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  return (
    <>
      <PageHeader title="A new template" trail={[{ title: "Templates", to: "/templates" }]} />
      <TemplateForm
        withName
        action="Save"
        save={async (values) => {
          const { template_id: id, version } = await answerOf(api.POST("/api/templates", { body: values }));
          tellDone(`${values.name} is saved as version ${version}.`);
          await queries.invalidateQueries({ queryKey: ["templates"] });
          void navigate(`/templates/${id}`);
        }}
        onCancel={() => void navigate("/templates")}
      />
    </>
  );
}
