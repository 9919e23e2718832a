import { Button, Group, Modal, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { IconPencil } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { useApi, useMay } from "../../data/who.js";
import { ListPicker, SegmentPicker } from "../../parts/audience-pickers.js";
import { confirm } from "../../parts/confirm.js";
import { useRemoval } from "../../parts/removal.js";
import { tellDone, tellProblem } from "../../parts/telling.js";
import type { Sequence } from "./queries.js";

/** What can be asked of a sequence as it stands; it acts within seconds. */
export function SequenceSteering({ sequence }: { sequence: Sequence }) {
  const api = useApi();
  const queries = useQueryClient();
  const removal = useRemoval("sequences");
  const mayChange = useMay({ resource: "sequences", level: "write" });
  const { sequence_id: id, name, status } = sequence;
  if (!mayChange || status === "cancelled" || status === "completed") return null;
  const params = { path: { sequence_id: id } };
  const after = async (said: string): Promise<void> => {
    tellDone(said);
    await queries.invalidateQueries({ queryKey: ["sequences"] });
  };
  const now = (run: () => Promise<unknown>, said: string): void =>
    void run().then(
      () => after(said),
      (error: unknown) => tellProblem(error, "It was not done"),
    );
  return (
    <>
      {status === "draft" && (
        <Button
          component={Link}
          to={`/sequences/${id}/edit`}
          variant="default"
          leftSection={<IconPencil size={16} />}
        >
          Edit
        </Button>
      )}
      {status === "draft" && (
        <Button
          variant="light"
          color="red"
          onClick={() =>
            removal({
              title: `Delete ${name}?`,
              children: "The sequence is forgotten; nothing was sent. Its templates and audience stay.",
              run: () => api.DELETE("/api/sequences/{sequence_id}", { params }),
              said: `${name} is deleted.`,
              forget: ["one", "progress"].map((of) => ["sequences", of, id]),
            })
          }
        >
          Delete
        </Button>
      )}
      {status === "draft" && (
        <Button
          onClick={() =>
            now(() => api.POST("/api/sequences/{sequence_id}/start", { params }), "It has started.")
          }
        >
          Start
        </Button>
      )}
      {status === "running" && (
        <Button
          variant="default"
          onClick={() =>
            now(() => api.POST("/api/sequences/{sequence_id}/pause", { params }), "It is being paused.")
          }
        >
          Pause
        </Button>
      )}
      {status === "paused" && (
        <Button
          onClick={() =>
            now(() => api.POST("/api/sequences/{sequence_id}/resume", { params }), "It goes on.")
          }
        >
          Resume
        </Button>
      )}
      {status !== "draft" && (
        <>
          <Enroll sequence={id} onDone={after} />
          <Button
            variant="light"
            color="red"
            onClick={() =>
              confirm({
                title: `Cancel ${name}?`,
                children: "Every enrollment ends, and nobody gets another step. What was sent stays sent.",
                action: "Cancel the sequence",
                run: async () => {
                  await api.POST("/api/sequences/{sequence_id}/cancel", { params });
                  await after("It is being cancelled.");
                },
              })
            }
          >
            Cancel
          </Button>
        </>
      )}
    </>
  );
}

function Enroll({ sequence, onDone }: { sequence: string; onDone: (said: string) => Promise<void> }) {
  const api = useApi();
  const [opened, { open, close }] = useDisclosure(false);
  const [list, setList] = useState("");
  const [segment, setSegment] = useState("");
  const enroll = async (): Promise<void> => {
    const params = { path: { sequence_id: sequence } };
    const body = list === "" ? { segment } : { list };
    await api.POST("/api/sequences/{sequence_id}/enroll", { params, body });
    close();
    await onDone("They are being enrolled; who is enrolled already stays where they are.");
  };
  return (
    <>
      <Button variant="default" onClick={open}>
        Enroll
      </Button>
      <Modal opened={opened} onClose={close} title="Enroll more contacts">
        <Stack>
          <ListPicker value={list} onChange={(name) => (setList(name), setSegment(""))} />
          <SegmentPicker value={segment} onChange={(name) => (setSegment(name), setList(""))} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button
              disabled={list === "" && segment === ""}
              onClick={() =>
                void enroll().catch((error: unknown) => tellProblem(error, "Nobody was enrolled"))
              }
            >
              Enroll
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
