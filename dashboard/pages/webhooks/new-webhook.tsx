import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { answerOf } from "../../data/client.js";
import { useWho } from "../../data/who.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { showOnce } from "../../parts/shown-once.js";
import { WebhookForm, type WebhookValues } from "./webhook-form.js";

export function NewWebhook() {
  const { api, platform, tenantId } = useWho();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const save = async (values: WebhookValues): Promise<void> => {
    // What leads inside is the platform's to allow.
    const created = values.allow_private
      ? platform.POST("/api/webhooks", { body: { ...values, tenant_id: tenantId } })
      : api.POST("/api/webhooks", { body: values });
    const { webhook_id: webhookId, secret } = await answerOf(created);
    await queries.invalidateQueries({ queryKey: ["webhooks"] });
    void navigate(`/webhooks/${webhookId}`);
    showOnce("The endpoint is added", "secret that its requests are signed with", secret);
  };
  return (
    <DetailDrawer title="A new endpoint" backTo="/webhooks">
      <WebhookForm action="Add" save={save} onCancel={() => void navigate("/webhooks")} />
    </DetailDrawer>
  );
}
