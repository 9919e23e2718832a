import { useQuery } from "@tanstack/react-query";
import { Anchor, Text } from "@mantine/core";
import { Link } from "react-router";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useApi } from "../../data/who.js";
import { DataTable } from "../../parts/data-table.js";
import { Panel } from "../../parts/panel.js";
import { Time } from "../../parts/time.js";
import { versionsQuery } from "./queries.js";

/** Every version there was, newest first; each can be looked at. */
export function Versions({ template }: { template: string }) {
  const api = useApi();
  const pages = useCursorPages();
  const query = useQuery(versionsQuery(api, template, pages.cursor));
  return (
    <Panel title="Versions">
      <DataTable
        id="template-versions"
        label="Versions"
        query={query}
        pages={pages}
        columns={[
          {
            id: "version",
            title: "Version",
            cell: ({ version, template_version_id: id }) => (
              <Anchor component={Link} size="sm" to={`/templates/${template}?version=${id}`}>
                Version {version}
              </Anchor>
            ),
          },
          { id: "subject", title: "Subject", cell: ({ subject }) => subject },
          { id: "saved_at", title: "Saved", cell: ({ saved_at: at }) => <Time at={at} /> },
        ]}
        rowId={({ template_version_id: id }) => id}
        empty={<Text size="sm">There is none.</Text>}
      />
    </Panel>
  );
}
