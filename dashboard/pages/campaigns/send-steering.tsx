import { Button, Group, Menu, Modal, NumberInput, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { IconChevronDown, IconGauge, IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useState } from "react";
import { answerOf } from "../../data/client.js";
import { useApi, useMay } from "../../data/who.js";
import { confirm } from "../../parts/confirm.js";
import { count } from "../../parts/numbers.js";
import { tellDone, tellProblem } from "../../parts/telling.js";
import type { SendSummary } from "./queries.js";

/** What can be asked of a send as it stands; it acts within seconds. */
export function SendSteering({ send }: { send: SendSummary }) {
  const api = useApi();
  const queries = useQueryClient();
  const mayChange = useMay({ resource: "campaigns", level: "write" });
  if (!mayChange) return null;
  const params = { path: { send_id: send.send_id } };
  const after = async (said: string): Promise<void> => {
    tellDone(said);
    await queries.invalidateQueries({ queryKey: ["sends"] });
  };
  const now = (run: () => Promise<unknown>, said: string): void =>
    void run().then(
      () => after(said),
      (error: unknown) => tellProblem(error, "It was not done"),
    );
  const resolve = async (as: "sent" | "resend", said: string): Promise<void> => {
    await answerOf(api.POST("/api/sends/{send_id}/resolve-unknown", { params, body: { as } }));
    await after(said);
  };
  const { status, counts } = send;
  const isOpen = status === "scheduled" || status === "sending";
  return (
    <>
      {isOpen && (
        <Button
          variant="default"
          leftSection={<IconPlayerPause size={16} />}
          onClick={() => now(() => api.POST("/api/sends/{send_id}/pause", { params }), "It is being paused.")}
        >
          Pause
        </Button>
      )}
      {status === "paused" && (
        <Button
          leftSection={<IconPlayerPlay size={16} />}
          onClick={() => now(() => api.POST("/api/sends/{send_id}/resume", { params }), "It goes on.")}
        >
          Resume
        </Button>
      )}
      {(isOpen || status === "paused") && (
        <>
          <SetRate send={send} onDone={after} />
          <Button
            variant="light"
            color="red"
            onClick={() =>
              confirm({
                title: "Cancel the send?",
                children: "Recipients not reached yet get nothing. What was sent stays sent.",
                action: "Cancel the send",
                run: async () => {
                  await api.POST("/api/sends/{send_id}/cancel", { params });
                  await after("It is being cancelled.");
                },
              })
            }
          >
            Cancel
          </Button>
        </>
      )}
      {counts.dead > 0 && status !== "cancelled" && (
        <Button
          variant="default"
          onClick={() =>
            now(() => api.POST("/api/sends/{send_id}/retry-failed", { params }), "They are taken up again.")
          }
        >
          Retry {count(counts.dead)} given up
        </Button>
      )}
      {counts.unknown > 0 && (
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="default" rightSection={<IconChevronDown size={16} />}>
              Resolve {count(counts.unknown)} unknown
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              onClick={() =>
                confirm({
                  title: `Say that ${count(counts.unknown)} unknown got it?`,
                  children:
                    "They stand as sent by your word, and get nothing more of this send. Look at the mailbox or the server’s log first: this is not taken back.",
                  action: "They got it",
                  color: "blue",
                  run: () => resolve("sent", "They stand as sent."),
                })
              }
            >
              Confirm as sent
            </Menu.Item>
            <Menu.Item
              onClick={() =>
                confirm({
                  title: `Send to ${count(counts.unknown)} unknown again?`,
                  children: "Whether they got it is not known. Sent again, some may get it twice.",
                  action: "Send again",
                  run: () => resolve("resend", "They are sent again."),
                })
              }
            >
              Send again
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
    </>
  );
}

function SetRate({ send, onDone }: { send: SendSummary; onDone: (said: string) => Promise<void> }) {
  const api = useApi();
  const [opened, { open, close }] = useDisclosure(false);
  const [rate, setRate] = useState<number | string>(send.per_second ?? "");
  const save = async (): Promise<void> => {
    const body = { per_second: rate === "" ? null : Number(rate) };
    await api.PUT("/api/sends/{send_id}/rate", { params: { path: { send_id: send.send_id } }, body });
    close();
    await onDone("The rate is changed.");
  };
  return (
    <>
      <Button variant="default" leftSection={<IconGauge size={16} />} onClick={open}>
        Rate
      </Button>
      <Modal opened={opened} onClose={close} title="Messages a second">
        <Stack>
          <NumberInput
            label="At most"
            description="Empty: no limit of its own"
            value={rate}
            onChange={setRate}
            min={0}
            data-autofocus
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button
              onClick={() =>
                void save().catch((error: unknown) => tellProblem(error, "The rate is as it was"))
              }
            >
              Set
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
