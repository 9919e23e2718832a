import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { IconPencil } from "@tabler/icons-react";
import { Link } from "react-router";
import { answerOf } from "../../data/client.js";
import { useApi, useMay } from "../../data/who.js";
import { confirm } from "../../parts/confirm.js";
import { useRemoval } from "../../parts/removal.js";
import { tellDone, tellProblem } from "../../parts/telling.js";
import type { AbTest } from "./queries.js";

const ended = ["completed", "cancelled"];

/** What can be asked of a test as it stands; it acts within seconds. */
export function AbTestSteering({ test }: { test: AbTest }) {
  const api = useApi();
  const after = useAfter();
  const remove = useTestRemoval(test);
  const mayChange = useMay({ resource: "ab-tests", level: "write" });
  if (!mayChange || ended.includes(test.status)) return null;
  const params = { path: { ab_test_id: test.ab_test_id } };
  const now = (run: () => Promise<unknown>, said: string): void =>
    void run().then(
      () => after(said),
      (error: unknown) => tellProblem(error, "It was not done"),
    );
  if (test.status === "draft")
    return (
      <>
        {test.scheduled_at === null && (
          <Button
            component={Link}
            to={`/ab-tests/${test.ab_test_id}/edit`}
            variant="default"
            leftSection={<IconPencil size={16} />}
          >
            Edit
          </Button>
        )}
        {test.scheduled_at === null && (
          <Button variant="light" color="red" onClick={remove}>
            Delete
          </Button>
        )}
        <Button
          onClick={() =>
            now(
              () => answerOf(api.POST("/api/ab-tests/{ab_test_id}/start", { params, body: {} })),
              "It has started.",
            )
          }
        >
          Start
        </Button>
      </>
    );
  return (
    <>
      {test.paused ? (
        <Button
          onClick={() => now(() => api.POST("/api/ab-tests/{ab_test_id}/resume", { params }), "It goes on.")}
        >
          Resume
        </Button>
      ) : (
        <Button
          variant="default"
          onClick={() =>
            now(() => api.POST("/api/ab-tests/{ab_test_id}/pause", { params }), "It is being paused.")
          }
        >
          Pause
        </Button>
      )}
      <Button
        variant="light"
        color="red"
        onClick={() =>
          confirm({
            title: `Cancel ${test.name}?`,
            children: "Its sends end, and the rest gets nothing. What was sent stays sent.",
            action: "Cancel the test",
            run: async () => {
              await api.POST("/api/ab-tests/{ab_test_id}/cancel", { params });
              await after("It is being cancelled.");
            },
          })
        }
      >
        Cancel
      </Button>
    </>
  );
}

/** Asks, and chooses instead of the rules. */
export function usePick(test: AbTest): (variant: number, name: string) => void {
  const api = useApi();
  const after = useAfter();
  return (variant, name) =>
    confirm({
      title: `Send ${name} to the rest?`,
      children: "The rest of the audience gets it now, whatever the rules would choose.",
      action: `Pick ${name}`,
      color: "blue",
      run: async () => {
        const params = { path: { ab_test_id: test.ab_test_id } };
        await api.POST("/api/ab-tests/{ab_test_id}/pick-winner", { params, body: { variant } });
        await after(`The rest gets ${name}.`);
      },
    });
}

function useTestRemoval({ ab_test_id: id, name }: AbTest): () => void {
  const api = useApi();
  const removal = useRemoval("ab-tests");
  return () =>
    removal({
      title: `Delete ${name}?`,
      children: "The test is forgotten; nothing was sent. Its templates and audience stay.",
      run: () => api.DELETE("/api/ab-tests/{ab_test_id}", { params: { path: { ab_test_id: id } } }),
      said: `${name} is deleted.`,
      forget: [["ab-tests", "results", id]],
    });
}

function useAfter(): (said: string) => Promise<void> {
  const queries = useQueryClient();
  return async (said) => {
    tellDone(said);
    await queries.invalidateQueries({ queryKey: ["ab-tests"] });
  };
}
