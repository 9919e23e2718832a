import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "react-router";
import { answerOf, taggedAnswerOf, type ApiClient } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { composingOf } from "../../parts/composing-fields.js";
import { PageHeader } from "../../parts/page-header.js";
import { QueryState } from "../../parts/states.js";
import { tellDone } from "../../parts/telling.js";
import { CampaignForm } from "./campaign-form.js";

/** Of a campaign that was never started. */
export function EditCampaign() {
  const { campaign = "" } = useParams();
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  // Once, with the tag of what was seen: what came since must not be overwritten unseen.
  const query = useQuery({
    queryKey: ["campaign-drafts", campaign],
    queryFn: () => draftOf(api, campaign),
    ...{ refetchInterval: false, staleTime: Infinity, gcTime: 0 },
  });
  const back = `/campaigns/${campaign}`;
  return (
    <QueryState query={query}>
      {({ tag, values: initial }) => (
        <>
          <PageHeader
            title={`Edit ${initial.name}`}
            trail={[
              { title: "Campaigns", to: "/campaigns" },
              { title: initial.name, to: back },
            ]}
          />
          <CampaignForm
            initial={initial}
            action="Save"
            save={async ({ list, segment, from_name, reply_to, ...values }) => {
              const params = { path: { campaign_id: campaign }, header: { "If-Match": tag } };
              const audience = list === "" ? { segment } : { list };
              const body = {
                ...values,
                ...audience,
                from_name: from_name || null,
                reply_to: reply_to || null,
              };
              await answerOf(api.PATCH("/api/campaigns/{campaign_id}", { params, body }));
              tellDone("The campaign is changed.");
              await queries.invalidateQueries({ queryKey: ["campaigns"] });
              void navigate(back);
            }}
            onCancel={() => void navigate(back)}
          />
        </>
      )}
    </QueryState>
  );
}

async function draftOf(api: ApiClient, campaign: string) {
  const params = { path: { campaign_id: campaign } };
  const { value, tag } = await taggedAnswerOf(api.GET("/api/campaigns/{campaign_id}", { params }));
  const { values: shared } = await composingOf(api, campaign);
  const values = { ...shared, template: value.template_version_id, headers: value.headers };
  return { tag, values };
}
