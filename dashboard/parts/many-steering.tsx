import { Button } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay, IconX } from "@tabler/icons-react";
import { confirm } from "./confirm.js";
import { tellDone, tellProblem } from "./telling.js";

export type ManyVerb = "pause" | "resume" | "cancel";

export interface ManySteeringProps {
  status: "running" | "paused" | "completed" | "cancelled";
  steer: (verb: ManyVerb) => Promise<unknown>;
}

/** An action on many that is under way: it can be held, taken up again and ended. */
export function ManySteering({ status, steer }: ManySteeringProps) {
  if (status !== "running" && status !== "paused") return null;
  const now = (verb: ManyVerb, done: string): void =>
    void steer(verb).then(
      () => tellDone(done),
      (error: unknown) => tellProblem(error, "It was not done"),
    );
  const cancel = (): void =>
    confirm({
      title: "End it here?",
      children: "What it has done stays done; what it has not reached stays as it is.",
      action: "End it",
      run: async () => {
        await steer("cancel");
        tellDone("It ends.");
      },
    });
  return (
    <>
      {status === "running" ? (
        <Button
          variant="default"
          leftSection={<IconPlayerPause size={16} />}
          onClick={() => now("pause", "It takes up no more.")}
        >
          Pause
        </Button>
      ) : (
        <Button
          variant="default"
          leftSection={<IconPlayerPlay size={16} />}
          onClick={() => now("resume", "It goes on.")}
        >
          Resume
        </Button>
      )}
      <Button variant="light" color="red" leftSection={<IconX size={16} />} onClick={cancel}>
        End it
      </Button>
    </>
  );
}
