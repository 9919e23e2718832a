import { Button, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";
import { answerOf } from "../../data/client.js";
import { useMay } from "../../data/who.js";
import { confirm } from "../../parts/confirm.js";
import { openForm } from "../../parts/form-dialog.js";
import { tellDone } from "../../parts/telling.js";
import type { Warmup } from "./queries.js";
import { useWhose } from "./whose.js";

export function WarmupSteering({ warmup }: { warmup: Warmup }) {
  const { api, search } = useWhose();
  const queries = useQueryClient();
  const maySteer = useMay({ resource: "warmups", level: "write" });
  const mayChange = useMay({ resource: "warmups", level: "own" });
  const { warmup_id: id, key, status, ended_at: endedAt } = warmup;
  const params = { path: { warmup_id: id }, header: {} };
  const done = async (message: string): Promise<void> => {
    tellDone(message);
    await queries.invalidateQueries({ queryKey: ["warmups"] });
  };
  const pause = (): void =>
    openForm({
      title: `Pause the warmup of ${key}?`,
      about: "Its allowance stays as it is, and does not rise, until it is resumed. Mail goes on within it.",
      action: "Pause",
      initial: { reason: "" },
      fields: (form) => <TextInput label="Reason" {...form.getInputProps("reason")} />,
      run: async ({ reason }) => {
        const body = reason.trim() === "" ? {} : { reason };
        await answerOf(api.POST("/api/warmups/{warmup_id}/pause", { params, body }));
        await done(`The warmup of ${key} is paused.`);
      },
    });
  const resume = (): void =>
    confirm({
      title: `Resume the warmup of ${key}?`,
      children:
        warmup.paused_by === "health"
          ? `Bounces, complaints or deferrals have paused it: ${warmup.reason ?? ""} What was measured before is not judged again.`
          : "It rises again, with the next day that goes well.",
      action: "Resume",
      color: "blue",
      run: async () => {
        await answerOf(api.POST("/api/warmups/{warmup_id}/resume", { params, body: {} }));
        await done(`The warmup of ${key} goes on.`);
      },
    });
  const stop = (): void =>
    confirm({
      title: `Stop the warmup of ${key}?`,
      children:
        "Nothing is held back by it any more: all that waits may leave at once. It is not taken up again; its days stay to be looked at.",
      action: "Stop",
      typed: key,
      run: async () => {
        await answerOf(api.POST("/api/warmups/{warmup_id}/stop", { params, body: {} }));
        await done(`The warmup of ${key} is stopped.`);
      },
    });
  if (endedAt !== null) return null;
  return (
    <>
      {maySteer && status === "active" && (
        <Button variant="default" onClick={pause}>
          Pause
        </Button>
      )}
      {maySteer && status === "paused" && <Button onClick={resume}>Resume</Button>}
      {mayChange && (
        <Button variant="default" component={Link} to={`/warmups/${id}/plan${search}`}>
          Change the plan
        </Button>
      )}
      {mayChange && (
        <Button variant="light" color="red" onClick={stop}>
          Stop
        </Button>
      )}
    </>
  );
}
