import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { answerOf } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { PageHeader } from "../../parts/page-header.js";
import { tellDone } from "../../parts/telling.js";
import { CampaignForm } from "./campaign-form.js";

export function NewCampaign() {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  return (
    <>
      <PageHeader title="A new campaign" trail={[{ title: "Campaigns", to: "/campaigns" }]} />
      <CampaignForm
        action="Compose"
        save={async ({ list, segment, from_name, reply_to, ...values }) => {
          const given = Object.fromEntries(
            Object.entries({ list, segment, from_name, reply_to }).filter(([, value]) => value !== ""),
          );
          const { campaign_id: id } = await answerOf(
            api.POST("/api/campaigns", { body: { ...values, ...given } }),
          );
          tellDone(`${values.name} is composed. Nothing is sent before you start it.`);
          await queries.invalidateQueries({ queryKey: ["campaigns"] });
          void navigate(`/campaigns/${id}`);
        }}
        onCancel={() => void navigate("/campaigns")}
      />
    </>
  );
}
