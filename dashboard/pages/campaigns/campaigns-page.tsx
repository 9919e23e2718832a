import { Button, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconPlus, IconSpeakerphone } from "@tabler/icons-react";
import { Link } from "react-router";
import { campaignStatuses } from "../../../domain/send-status.js";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useFilters } from "../../data/filters.js";
import { useMay, useWho } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { NoneMatch } from "../../parts/none-match.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import { campaignsQuery, type Campaign, type CampaignStatus } from "./queries.js";

const columns: Column<Campaign>[] = [
  { id: "name", title: "Name", cell: ({ name }) => name },
  { id: "status", title: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  { id: "from_email", title: "From", cell: ({ from_email: from }) => from },
  { id: "lane", title: "Lane", cell: ({ lane }) => lane },
  { id: "created_at", title: "Created", cell: ({ created_at: at }) => <Time at={at} /> },
  { id: "campaign_id", title: "Id", cell: ({ campaign_id: id }) => id, hidden: true },
];

export function CampaignsPage() {
  const { api } = useWho();
  const mayChange = useMay({ resource: "campaigns", level: "write" });
  const filters = useFilters("status");
  const pages = useCursorPages();
  const query = useQuery(
    campaignsQuery(api, {
      ...(filters.values.status !== "" && { status: filters.values.status as CampaignStatus }),
      ...(pages.cursor !== undefined && { before: pages.cursor }),
    }),
  );
  const add = mayChange && (
    <Button component={Link} to="/campaigns/new" leftSection={<IconPlus size={16} />}>
      Compose a campaign
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Campaigns"
        description="A template, an audience, a sender; each start is a send."
        actions={add}
      />
      <DataTable
        id="campaigns"
        label="Campaigns"
        columns={columns}
        query={query}
        pages={pages}
        rowId={({ campaign_id: id }) => id}
        to={({ campaign_id: id }) => `/campaigns/${id}`}
        toolbar={
          <Select
            label="Status"
            placeholder="All"
            clearable
            data={[...campaignStatuses]}
            value={filters.values.status || null}
            onChange={(status) => filters.set({ status: status ?? "" })}
            w={180}
          />
        }
        empty={
          filters.any ? (
            <NoneMatch title="No campaign stands so" show="all campaigns" onClear={filters.clear}>
              There are campaigns of other statuses, or none.
            </NoneMatch>
          ) : (
            <EmptyState icon={IconSpeakerphone} title="No campaigns yet" actions={add}>
              Compose one from a template and a list; nothing is sent before you start it.
            </EmptyState>
          )
        }
      />
    </>
  );
}
