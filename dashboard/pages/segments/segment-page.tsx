import { Anchor, Button, Group, Stack, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import type { SegmentFilter } from "../../../domain/segment-filter.js";
import { answerOf, type Tagged } from "../../data/client.js";
import { toProblem, type ApiProblem } from "../../data/problem.js";
import { useApi, useMay } from "../../data/who.js";
import { CodeView } from "../../parts/code-view.js";
import { PageHeader } from "../../parts/page-header.js";
import { Panel } from "../../parts/panel.js";
import { useRemoval } from "../../parts/removal.js";
import { ProblemState, QueryState } from "../../parts/states.js";
import { tellDone } from "../../parts/telling.js";
import { FilterEditor } from "./filter-editor.js";
import { segmentQuery, type Segment } from "./queries.js";

const trail = [{ title: "Segments", to: "/segments" }];
const blank: SegmentFilter = { all: [{ field: "email", op: "contains", value: "@" }] };

export function NewSegment() {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const save = async (name: string, filter: SegmentFilter): Promise<void> => {
    const made = await answerOf(api.POST("/api/segments", { body: { name, filter } }));
    tellDone(`${name} is a segment now.`);
    await queries.invalidateQueries({ queryKey: ["segments"] });
    void navigate(`/segments/${made.segment_id}`);
  };
  return (
    <>
      <PageHeader title="A new segment" trail={trail} />
      <SegmentForm name="" filter={blank} action="Create" save={save} />
    </>
  );
}

export function SegmentPage() {
  const { segment = "" } = useParams();
  const query = useQuery(segmentQuery(useApi(), segment));
  const mayChange = useMay({ resource: "segments", level: "write" });
  return (
    <>
      <PageHeader
        title={query.data?.value.name ?? "Segment"}
        trail={trail}
        actions={query.data && <Actions segment={query.data.value} mayChange={mayChange} />}
      />
      <QueryState query={query}>
        {(seen) =>
          mayChange ? (
            <Edit key={seen.tag} seen={seen} />
          ) : (
            <CodeView value={seen.value.filter} label="Filter" />
          )
        }
      </QueryState>
    </>
  );
}

function Edit({ seen }: { seen: Tagged<Segment> }) {
  const api = useApi();
  const queries = useQueryClient();
  const save = async (name: string, filter: SegmentFilter): Promise<void> => {
    const params = { path: { segment: seen.value.segment_id }, header: { "If-Match": seen.tag } };
    await answerOf(api.PATCH("/api/segments/{segment}", { params, body: { name, filter } }));
    tellDone("The segment is changed; sends that have begun keep what they had.");
    await queries.invalidateQueries({ queryKey: ["segments"] });
  };
  const { name, filter } = seen.value;
  return <SegmentForm name={name} filter={filter as SegmentFilter} action="Save" save={save} />;
}

interface SegmentFormProps {
  name: string;
  filter: SegmentFilter;
  /** The verb on the button. */
  action: string;
  save: (name: string, filter: SegmentFilter) => Promise<void>;
}

function SegmentForm({ name: initialName, filter: initialFilter, action, save }: SegmentFormProps) {
  const [name, setName] = useState(initialName);
  const [filter, setFilter] = useState(initialFilter);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [busy, setBusy] = useState(false);
  const carryOut = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await save(name.trim(), filter);
    } catch (error) {
      setProblem(toProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack maw={900}>
      <TextInput
        label="Name"
        required
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maw={360}
      />
      <Panel title="Who is in it">
        <FilterEditor filter={filter} onChange={setFilter} />
      </Panel>
      {problem && <ProblemState problem={problem} />}
      <Group justify="flex-end">
        <Button onClick={() => void carryOut()} loading={busy} disabled={name.trim() === ""}>
          {action}
        </Button>
      </Group>
    </Stack>
  );
}

function Actions({ segment, mayChange }: { segment: Segment; mayChange: boolean }) {
  const api = useApi();
  const removal = useRemoval("segments");
  const remove = (): void =>
    removal({
      title: `Delete the segment ${segment.name}?`,
      children: "Its contacts stay. A segment that something is, or was, sent to cannot be deleted.",
      run: () => api.DELETE("/api/segments/{segment}", { params: { path: { segment: segment.segment_id } } }),
      said: "The segment is deleted.",
      forget: [["segments", "one", segment.segment_id]],
    });
  return (
    <>
      <Anchor component={Link} to={`/contacts?segment=${encodeURIComponent(segment.name)}`} size="sm">
        Its contacts
      </Anchor>
      {mayChange && (
        <Button variant="light" color="red" leftSection={<IconTrash size={16} />} onClick={remove}>
          Delete
        </Button>
      )}
    </>
  );
}
