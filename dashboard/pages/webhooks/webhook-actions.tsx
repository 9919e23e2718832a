import { Button, Menu } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import {
  IconDots,
  IconKey,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconSend,
  IconTrash,
} from "@tabler/icons-react";
import { answerOf } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { confirm } from "../../parts/confirm.js";
import { useRemoval } from "../../parts/removal.js";
import { showOnce } from "../../parts/shown-once.js";
import { tellDone, tellProblem } from "../../parts/telling.js";
import type { Webhook } from "./queries.js";

export interface WebhookActionsProps {
  webhook: Webhook;
  onEdit: () => void;
}

export function WebhookActions({ webhook, onEdit }: WebhookActionsProps) {
  const api = useApi();
  const queries = useQueryClient();
  const removal = useRemoval("webhooks");
  const params = { path: { webhook_id: webhook.webhook_id } };
  const again = () => queries.invalidateQueries({ queryKey: ["webhooks"] });
  const act = async (run: () => Promise<unknown>, done: string): Promise<void> => {
    try {
      await run();
      tellDone(done);
      await again();
    } catch (error) {
      tellProblem(error, "It was not done");
    }
  };
  const test = () =>
    act(() => api.POST("/api/webhooks/{webhook_id}/test", { params }), "A test event is on its way.");
  const pause = () =>
    act(
      () => api.POST("/api/webhooks/{webhook_id}/pause", { params }),
      "Events are kept until it is resumed.",
    );
  const resume = () =>
    act(() => api.POST("/api/webhooks/{webhook_id}/resume", { params }), "It is told what was kept.");
  const rotate = (): void =>
    confirm({
      title: "Give it a new secret?",
      children:
        "Requests are signed with both for a day: until then the endpoint has to know the new one, which is shown once.",
      action: "Make a new secret",
      color: "blue",
      run: async () => {
        const answer = api.POST("/api/webhooks/{webhook_id}/rotate-secret", { params, body: {} });
        const { secret } = await answerOf(answer);
        await again();
        showOnce("The endpoint has a new secret", "secret that its requests are signed with", secret);
      },
    });
  const remove = (): void =>
    removal({
      title: "Delete this endpoint?",
      children: "Everything that waits for it is deleted, too. To keep that, pause it instead.",
      run: () => api.DELETE("/api/webhooks/{webhook_id}", { params }),
      said: "The endpoint is deleted.",
      forget: [["webhooks", "one", webhook.webhook_id]],
    });
  return (
    <>
      <Button size="xs" variant="default" leftSection={<IconSend size={16} />} onClick={() => void test()}>
        Send a test event
      </Button>
      <Button size="xs" variant="default" leftSection={<IconPencil size={16} />} onClick={onEdit}>
        Edit
      </Button>
      {webhook.status === "active" ? (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlayerPause size={16} />}
          onClick={() => void pause()}
        >
          Pause
        </Button>
      ) : (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconPlayerPlay size={16} />}
          onClick={() => void resume()}
        >
          Resume
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button size="xs" variant="default" aria-label="More to do with the endpoint">
            <IconDots size={16} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconKey size={16} />} onClick={rotate}>
            New secret
          </Menu.Item>
          <Menu.Item leftSection={<IconTrash size={16} />} color="red" onClick={remove}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
