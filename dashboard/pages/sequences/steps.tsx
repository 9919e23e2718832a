import { Anchor, Group, Text, Timeline } from "@mantine/core";
import { IconMail } from "@tabler/icons-react";
import { Link } from "react-router";
import { count } from "../../parts/numbers.js";
import type { Sequence, SequenceProgress } from "./queries.js";

type Step = Sequence["rules"]["steps"][number];
type Figures = SequenceProgress["steps"][number];

/** The way through a sequence, from the first message down, with who is where. */
export function Steps({ steps, figures }: { steps: readonly Step[]; figures: readonly Figures[] }) {
  return (
    <Timeline bulletSize={28} active={steps.length}>
      {steps.map((step, index) => {
        const of = figures.find((one) => one.step === index + 1);
        return (
          <Timeline.Item
            // Steps have no other name than their place, and never change it.
            key={index}
            bullet={<IconMail size={14} aria-hidden />}
            title={
              <Anchor component={Link} to={`/templates/${step.template_version_id}`} fw={600}>
                Step {index + 1}
              </Anchor>
            }
          >
            <Text size="sm">{delayOf(step, index)}</Text>
            {step.conditions.map((condition, nth) => (
              <Text size="sm" key={nth}>
                {conditionOf(condition)}
              </Text>
            ))}
            {of && (
              <Group gap="md" mt={4}>
                {figuresOf(of).map(([name, value]) => (
                  <Text size="sm" key={name} className="floe-number">
                    {name} <b>{count(value)}</b>
                  </Text>
                ))}
              </Group>
            )}
          </Timeline.Item>
        );
      })}
    </Timeline>
  );
}

function delayOf({ delay: { days, minutes } }: Step, index: number): string {
  const parts = [
    days > 0 && `${days} ${days === 1 ? "day" : "days"}`,
    minutes >= 60 && `${Math.floor(minutes / 60)} h`,
    minutes % 60 > 0 && `${minutes % 60} min`,
  ].filter(Boolean);
  const since = index === 0 ? "the enrollment" : `step ${index}`;
  return parts.length === 0 ? `At once after ${since}` : `${parts.join(" ")} after ${since}`;
}

function conditionOf(condition: Step["conditions"][number]): string {
  if (condition.kind === "contact") return "Only who matches a filter of contacts";
  const words = { open: "opened", click: "clicked in", reply: "replied to" };
  const did = condition.kind === "did" ? "has" : "has not";
  return `Only who ${did} ${words[condition.event]} step ${condition.step}`;
}

function figuresOf(of: Figures): [string, number][] {
  const all: [string, number][] = [
    ["Waiting", of.waiting],
    ["Sent", of.sent],
    ["Opened", of.opened],
    ["Clicked", of.clicked],
    ["Replied", of.replied],
    ["Skipped by condition", of.skipped_by_condition],
    ["Skipped as late", of.skipped_as_late],
  ];
  return all.filter(([name, value]) => value > 0 || name === "Waiting" || name === "Sent");
}
