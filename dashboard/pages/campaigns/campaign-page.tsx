import { Button, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconPencil } from "@tabler/icons-react";
import { Link, useParams } from "react-router";
import { useApi, useMay } from "../../data/who.js";
import { Copyable } from "../../parts/copyable.js";
import { Facts } from "../../parts/facts.js";
import { PageHeader } from "../../parts/page-header.js";
import { Panel } from "../../parts/panel.js";
import { useRemoval } from "../../parts/removal.js";
import { QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import { campaignQuery, type Campaign } from "./queries.js";
import { Sends } from "./sends.js";
import { StartSend } from "./start-send.js";
import { TemplatePreview } from "./template-preview.js";

export function CampaignPage() {
  const { campaign = "" } = useParams();
  const query = useQuery(campaignQuery(useApi(), campaign));
  return <QueryState query={query}>{({ value }) => <Loaded campaign={value} />}</QueryState>;
}

function Loaded({ campaign }: { campaign: Campaign }) {
  const mayChange = useMay({ resource: "campaigns", level: "write" });
  const remove = useCampaignRemoval(campaign);
  const { campaign_id: id, name, status } = campaign;
  return (
    <Stack>
      <PageHeader
        title={name}
        trail={[{ title: "Campaigns", to: "/campaigns" }]}
        badge={<StatusBadge status={status} />}
        actions={
          mayChange && (
            <>
              <StartSend campaign={campaign} />
              {status === "draft" && (
                <>
                  <Button
                    component={Link}
                    to={`/campaigns/${id}/edit`}
                    variant="default"
                    leftSection={<IconPencil size={16} />}
                  >
                    Edit
                  </Button>
                  <Button variant="light" color="red" onClick={remove}>
                    Delete
                  </Button>
                </>
              )}
            </>
          )
        }
      />
      <Sends campaign={id} />
      <Panel title="About">
        <Facts
          columns={3}
          facts={[
            [
              "From",
              campaign.from_name === null
                ? campaign.from_email
                : `${campaign.from_name} <${campaign.from_email}>`,
            ],
            ["Reply to", campaign.reply_to],
            ["Audience", campaign.list_id === null ? "A segment" : "A list"],
            ["Lane", campaign.lane],
            [
              "Counted",
              [campaign.track_opens && "opens", campaign.track_clicks && "clicks"]
                .filter(Boolean)
                .join(", ") || "nothing",
            ],
            [
              "After a crash",
              campaign.on_unknown === "hold"
                ? "unknown ones wait for a person"
                : "unknown ones are sent again",
            ],
            ["Created", <Time key="created" at={campaign.created_at} />],
            ["Id", <Copyable key="id" value={id} label="id of the campaign" />],
          ]}
        />
      </Panel>
      <Panel title="Preview">
        <TemplatePreview template={campaign.template_version_id} />
      </Panel>
    </Stack>
  );
}

/** Asks, removes, and goes back to the list. */
function useCampaignRemoval({ campaign_id: id, name }: Campaign): () => void {
  const api = useApi();
  const removal = useRemoval("campaigns");
  return () =>
    removal({
      title: `Delete ${name}?`,
      children: "The campaign is forgotten; nothing was sent. Its template and audience stay.",
      run: () => api.DELETE("/api/campaigns/{campaign_id}", { params: { path: { campaign_id: id } } }),
      said: `${name} is deleted.`,
      forget: [["campaigns", "one", id]],
    });
}
