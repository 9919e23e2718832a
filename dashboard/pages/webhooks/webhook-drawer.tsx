import { Alert } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useParams } from "react-router";
import { answerOf, type Tagged } from "../../data/client.js";
import { useMay, useWho } from "../../data/who.js";
import { Copyable } from "../../parts/copyable.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { Facts } from "../../parts/facts.js";
import { count, duration, shareOf } from "../../parts/numbers.js";
import { Panel } from "../../parts/panel.js";
import { QueryState } from "../../parts/states.js";
import { tellDone } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";
import { DeliveryTable } from "./delivery-table.js";
import { WebhookHealth } from "./health.js";
import { deliveriesQuery, webhookQuery, type Webhook } from "./queries.js";
import { WebhookActions } from "./webhook-actions.js";
import { WebhookForm, type WebhookValues } from "./webhook-form.js";

export function WebhookDrawer() {
  const { webhook: webhookId = "" } = useParams();
  const { api } = useWho();
  const mayChange = useMay({ resource: "webhooks", level: "write" });
  const query = useQuery(webhookQuery(api, webhookId));
  // As it was when the form was opened: what came since must not be overwritten unseen.
  const [editing, setEditing] = useState<Tagged<Webhook> | null>(null);
  const found = query.data;
  return (
    <DetailDrawer
      title={found?.value.url ?? "Endpoint"}
      backTo="/webhooks"
      badge={found && <WebhookHealth webhook={found.value} />}
      actions={
        found &&
        mayChange &&
        !editing && <WebhookActions webhook={found.value} onEdit={() => setEditing(found)} />
      }
    >
      {editing ? (
        <EditWebhook seen={editing} onEnd={() => setEditing(null)} />
      ) : (
        <QueryState query={query}>{({ value }) => <About webhook={value} />}</QueryState>
      )}
    </DetailDrawer>
  );
}

function About({ webhook }: { webhook: Webhook }) {
  const { api } = useWho();
  const recent = useQuery(deliveriesQuery(api, { webhook_id: webhook.webhook_id }));
  const rows = recent.data?.data ?? [];
  const ended = rows.filter(({ status }) => status === "delivered" || status === "dead");
  const delivered = ended.filter(({ status }) => status === "delivered").length;
  const waiting = rows.filter(({ status }) => status === "pending");
  const faulty = rows.find(({ error }) => error !== null);
  return (
    <>
      {webhook.disabled_reason !== null && (
        <Alert color="orange" title="It is told nothing">
          {whyDisabled[webhook.disabled_reason]} Resume it, and it is told what was kept.
        </Alert>
      )}
      <Facts
        columns={2}
        facts={[
          ["Delivered, of the last that ended", ended.length === 0 ? null : shareOf(delivered, ended.length)],
          ["Waiting, of the last 50", count(waiting.length)],
          ["Oldest of those", <Time key="oldest" at={waiting.at(-1)?.created_at} />],
          ["Last error", faulty?.error],
          ["Failures in a row", count(webhook.failures)],
          ["Failing since", <Time key="since" at={webhook.failing_since} />],
          ["Left alone until", <Time key="until" at={webhook.blocked_until} />],
          ["Old secret signs until", <Time key="secret" at={webhook.previous_secret_until} />],
          ["Events", webhook.event_types?.join(", ") ?? "every type"],
          ["Requests a second", webhook.per_second === null ? "no limit" : count(webhook.per_second)],
          ["At once", count(webhook.concurrency)],
          ["Order of a key", webhook.fifo ? "kept" : "not kept"],
          ["Attempts", count(webhook.max_attempts)],
          ["Time for an answer", duration(webhook.timeout_ms)],
          ["Region", webhook.region ?? "any"],
          ["Description", webhook.description || null],
          ["Added", <Time key="added" at={webhook.created_at} />],
          ["Id", <Copyable key="id" value={webhook.webhook_id} label="id of the endpoint" />],
        ]}
      />
      <Panel title="Deliveries">
        <DeliveryTable id="webhook-deliveries" query={recent} withEndpoint={false} />
      </Panel>
    </>
  );
}

const whyDisabled: Record<NonNullable<Webhook["disabled_reason"]>, string> = {
  gone: "It answered that it is gone (410).",
  failing: "It failed for too long.",
  manual: "Somebody disabled it.",
};

function EditWebhook({ seen, onEnd }: { seen: Tagged<Webhook>; onEnd: () => void }) {
  const { api, platform, tenantId } = useWho();
  const queries = useQueryClient();
  const save = async ({ allow_private: inside, ...values }: WebhookValues): Promise<void> => {
    const params = { path: { webhook_id: seen.value.webhook_id }, header: { "If-Match": seen.tag } };
    // Where it may lead inside is the platform's to say, for each address anew.
    await answerOf(
      inside === undefined || (inside === seen.value.allow_private && values.url === seen.value.url)
        ? api.PATCH("/api/webhooks/{webhook_id}", { params, body: values })
        : platform.PATCH("/api/webhooks/{webhook_id}", {
            params,
            body: { ...values, allow_private: inside, tenant_id: tenantId },
          }),
    );
    tellDone("The endpoint is changed.");
    await queries.invalidateQueries({ queryKey: ["webhooks"] });
    onEnd();
  };
  return <WebhookForm initial={seen.value} action="Save" save={save} onCancel={onEnd} />;
}
