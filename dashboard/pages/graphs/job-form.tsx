import {
  Alert,
  Button,
  Group,
  JsonInput,
  MultiSelect,
  NumberInput,
  Select,
  Stack,
  TextInput,
} from "@mantine/core";
import { useState } from "react";
import { failurePolicies, jobResultFields, type FailurePolicy } from "../../../domain/job-graph.js";
import type { DraftEdge, DraftJob } from "./draft.js";
import type { JobProblem } from "./editor-page.js";

export interface JobFormProps {
  job: DraftJob;
  others: readonly DraftJob[];
  problems: readonly JobProblem[];
  onChange: (change: Partial<DraftJob>) => void;
  onRemove: () => void;
}

/** One job: what it does, after which others, and on what condition. */
export function JobForm({ job, others, problems, onChange, onRemove }: JobFormProps) {
  return (
    <Stack>
      {problems.length > 0 && (
        <Alert color="orange" title="To be mended" role="status">
          {problems.map(({ field, problem }) => (
            <div key={`${field} ${problem}`}>
              <code>{field}</code> {problem}
            </div>
          ))}
        </Alert>
      )}
      <TextInput
        label="Name of the job"
        value={job.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
      {Object.entries(job.input).map(([name, value]) => (
        <InputField
          key={name}
          name={name}
          value={value}
          onChange={(next) => onChange({ input: { ...job.input, [name]: next } })}
        />
      ))}
      <Json
        label="All of its input"
        description="As the API takes it"
        value={job.input}
        onChange={(input) => onChange({ input: (input ?? {}) as DraftJob["input"] })}
      />
      <After job={job} others={others} onChange={(after) => onChange({ after })} />
      <Json
        label="Only when"
        description={`Empty: always. Such as ${example(others)}`}
        value={job.when}
        onChange={(when) => onChange({ when })}
      />
      <Group justify="flex-end">
        <Button variant="light" color="red" onClick={onRemove}>
          Remove the job
        </Button>
      </Group>
    </Stack>
  );
}

function example(others: readonly DraftJob[]): string {
  const [first] = others;
  const path = first ? (jobResultFields[first.type].at(-1) ?? "state") : "state";
  return JSON.stringify({ job: first?.name ?? "import", path, op: "gt", value: 0 });
}

interface InputFieldProps {
  name: string;
  value: unknown;
  onChange: (value: unknown) => void;
}

/** A text or a number; what has parts is in the JSON below. */
function InputField({ name, value, onChange }: InputFieldProps) {
  const label = name.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());
  if (typeof value === "number") return <NumberInput label={label} value={value} onChange={onChange} />;
  if (typeof value !== "string") return null;
  return <TextInput label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
}

interface AfterProps {
  job: DraftJob;
  others: readonly DraftJob[];
  onChange: (after: DraftEdge[]) => void;
}

/** The edges that lead to the job: the same as dragging, by keyboard. */
function After({ job, others, onChange }: AfterProps) {
  const of = (name: string): DraftEdge =>
    job.after.find((edge) => edge.job === name) ?? { job: name, on_failure: "stop", on_skip: "skip" };
  const set = (change: DraftEdge): void =>
    onChange(job.after.map((edge) => (edge.job === change.job ? change : edge)));
  return (
    <>
      <MultiSelect
        label="After"
        searchable
        description="Jobs that it waits for; none: it begins with the run"
        data={others.map(({ name }) => name)}
        value={job.after.map((edge) => edge.job)}
        onChange={(names) => onChange(names.map(of))}
      />
      {job.after.map((edge) => (
        <Group key={edge.job} align="flex-end">
          <Select
            label={`When ${edge.job} fails`}
            data={failurePolicies.map((value) => ({ value, label: policyTitles[value] }))}
            value={edge.on_failure}
            allowDeselect={false}
            onChange={(value) => set(withPolicy(edge, value as FailurePolicy))}
          />
          {edge.on_failure === "retry" && (
            <NumberInput
              label={`Further attempts of ${edge.job}`}
              min={1}
              max={10}
              value={edge.retries ?? 1}
              onChange={(value) => set({ ...edge, retries: Number(value) })}
            />
          )}
          <Select
            label={`When ${edge.job} is skipped`}
            data={[
              { value: "skip", label: "Skip this, too" },
              { value: "continue", label: "Go on" },
            ]}
            value={edge.on_skip}
            allowDeselect={false}
            onChange={(value) => set({ ...edge, on_skip: value as DraftEdge["on_skip"] })}
          />
        </Group>
      ))}
    </>
  );
}

const policyTitles: Record<FailurePolicy, string> = {
  stop: "Do not begin",
  continue: "Go on",
  retry: "Try it again first",
};

function withPolicy({ job, on_skip: onSkip }: DraftEdge, policy: FailurePolicy): DraftEdge {
  return { job, on_failure: policy, on_skip: onSkip, ...(policy === "retry" && { retries: 1 }) };
}

interface JsonProps {
  label: string;
  description: string;
  value: unknown;
  onChange: (value: unknown) => void;
}

/** Follows what the fields above change, unless somebody is writing in it. */
function Json({ label, description, value, onChange }: JsonProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const text = value === undefined ? "" : JSON.stringify(value, null, 2);
  const change = (next: string): void => {
    setDraft(next);
    if (next.trim() === "") return onChange(undefined);
    try {
      onChange(JSON.parse(next));
    } catch {
      // The field says so itself when it is left.
    }
  };
  return (
    <JsonInput
      label={label}
      description={description}
      validationError="is not JSON"
      autosize
      minRows={2}
      value={draft ?? text}
      onChange={change}
      onBlur={() => setDraft(null)}
    />
  );
}
