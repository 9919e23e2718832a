import { Group, Input, NumberInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useId } from "react";

/** As bodies have it. */
export interface Delay {
  days: number;
  hours: number;
  minutes: number;
}

export interface DelayFieldsProps {
  // Forms differ in where they have one.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  form: UseFormReturnType<any>;
  /** Of the delay in the form: `steps.0.delay`. */
  path: string;
  label: string;
}

/** Days, hours and minutes. */
export function DelayFields({ form, path, label }: DelayFieldsProps) {
  const id = useId();
  const error: unknown = form.errors[path];
  return (
    <Input.Wrapper
      label={label}
      labelElement="div"
      labelProps={{ id }}
      error={typeof error === "string" && error}
    >
      <Group gap="xs" role="group" aria-labelledby={id} align="flex-start">
        {(["days", "hours", "minutes"] as const).map((unit) => (
          <NumberInput
            key={unit}
            aria-label={`${label}: ${unit}`}
            suffix={` ${unit}`}
            min={0}
            allowDecimal={false}
            w={120}
            {...form.getInputProps(`${path}.${unit}`)}
          />
        ))}
      </Group>
    </Input.Wrapper>
  );
}

export function delayOf({ days = 0, minutes }: { days?: number; minutes: number }): Delay {
  return { days, hours: Math.floor(minutes / 60), minutes: minutes % 60 };
}

/** Without days of a calendar: 24 hours are a day. */
export function durationOf(ms: number): Delay {
  const minutes = Math.round(ms / 60_000);
  return { ...delayOf({ minutes: minutes % 1_440 }), days: Math.floor(minutes / 1_440) };
}
