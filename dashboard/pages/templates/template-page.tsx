import { Button, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconPencil } from "@tabler/icons-react";
import { Link, useParams } from "react-router";
import { useFilters } from "../../data/filters.js";
import { useApi, useMay } from "../../data/who.js";
import { Copyable } from "../../parts/copyable.js";
import { CodeView } from "../../parts/code-view.js";
import { Facts } from "../../parts/facts.js";
import { MessagePreview } from "../../parts/message-preview.js";
import { PageHeader } from "../../parts/page-header.js";
import { Panel } from "../../parts/panel.js";
import { QueryState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { previewQuery, templateQuery, type TemplateContent } from "./queries.js";
import { RenameTemplate, useTemplateRemoval } from "./change-template.js";
import { TestSend } from "./test-send.js";
import { Versions } from "./versions.js";

export function TemplatePage() {
  const { template = "" } = useParams();
  const api = useApi();
  const { values } = useFilters("version");
  const query = useQuery(templateQuery(api, values.version || template));
  return (
    <QueryState query={query}>
      {({ value }) => <Loaded template={value} isOld={values.version !== ""} />}
    </QueryState>
  );
}

function Loaded({ template, isOld }: { template: TemplateContent; isOld: boolean }) {
  const api = useApi();
  const mayChange = useMay({ resource: "templates", level: "write" });
  const mayTest = useMay({ resource: "emails", level: "write" });
  const preview = useQuery(previewQuery(api, template.template_version_id));
  const remove = useTemplateRemoval(template);
  return (
    <Stack>
      <PageHeader
        title={template.name}
        trail={[{ title: "Templates", to: "/templates" }]}
        description={`Version ${template.version}${isOld ? ", an earlier one" : ""}`}
        actions={
          <>
            {mayChange && !isOld && (
              <Button
                component={Link}
                to={`/templates/${template.template_id}/edit`}
                leftSection={<IconPencil size={16} />}
              >
                Edit
              </Button>
            )}
            {mayTest && <TestSend template={template} />}
            {mayChange && !isOld && (
              <>
                <RenameTemplate template={template} />
                <Button variant="light" color="red" onClick={remove}>
                  Delete
                </Button>
              </>
            )}
          </>
        }
      />
      <Panel title="Preview">
        <QueryState query={preview}>{(shown) => <MessagePreview {...shown} />}</QueryState>
      </Panel>
      <Panel title="About">
        <Facts
          columns={2}
          facts={[
            ["Subject", template.subject],
            ["Preheader", template.preheader],
            ["Written as", template.mjml === null ? "html" : "MJML"],
            ["Links", template.links.join(", ") || "none"],
            ["Saved", <Time key="saved" at={template.saved_at} />],
            ["Id", <Copyable key="id" value={template.template_id} label="id of the template" />],
          ]}
        />
      </Panel>
      <Panel title="Source">
        <CodeView value={template.mjml ?? template.html} label="Source of the template" />
      </Panel>
      <Versions template={template.template_id} />
    </Stack>
  );
}
