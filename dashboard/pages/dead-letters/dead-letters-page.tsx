import { Button, Select, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconHistory, IconMailbox, IconRefresh, IconSearch, IconX } from "@tabler/icons-react";
import { useState, type SubmitEvent } from "react";
import { Link, Outlet } from "react-router";
import { deadLetterKinds } from "../../../domain/dead-letters.js";
import { useCursorPages } from "../../data/cursor-pages.js";
import { given, useFilters, type Filters } from "../../data/filters.js";
import { useApi, useMay } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { NoneMatch } from "../../parts/none-match.js";
import { Count } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { deadLettersQuery, type DeadLetter, type DeadLetterFilter } from "./queries.js";
import { ReplayDialog } from "./replay-dialog.js";
import { useDismissal } from "./use-dismissal.js";

const columns: Column<DeadLetter>[] = [
  { id: "dead_letter_id", title: "Letter", cell: ({ kind, dead_letter_id: id }) => `${kind} ${id}` },
  {
    id: "reason",
    title: "Reason",
    cell: ({ reason }) => (
      <Text size="sm" lineClamp={2} miw="12rem" style={{ overflowWrap: "anywhere" }}>
        {reason}
      </Text>
    ),
  },
  { id: "attempts", title: "Attempts", align: "right", cell: ({ attempts }) => <Count value={attempts} /> },
  { id: "created_at", title: "Since", cell: ({ created_at: at }) => <Time at={at} /> },
  { id: "replay_of", title: "Replay of", cell: ({ replay_of: id }) => id ?? "—", hidden: true },
  { id: "send_id", title: "Send", cell: ({ send_id: id }) => id ?? "—", hidden: true },
];

const names = ["kind", "text", "reason", "send_id"] as const;

export function DeadLettersPage() {
  const api = useApi();
  const mayChange = useMay({ resource: "dead-letters", level: "write" });
  const filters = useFilters(...names);
  const filter = given(filters.values) as DeadLetterFilter;
  const pages = useCursorPages();
  const query = useQuery(deadLettersQuery(api, { ...filter, after: pages.cursor }));
  const dismiss = useDismissal();
  const [replay, setReplay] = useState<{ filter: DeadLetterFilter; done?: () => void } | null>(null);
  return (
    <>
      <PageHeader
        title="Dead letters"
        description="Work that spent its attempts and waits for a person, oldest first."
        actions={
          <>
            {mayChange && (
              <Button leftSection={<IconRefresh size={16} />} onClick={() => setReplay({ filter })}>
                {filters.any ? "Replay all that match" : "Replay all"}
              </Button>
            )}
            <Button
              component={Link}
              to="/dead-letters/replays"
              variant="default"
              leftSection={<IconHistory size={16} />}
            >
              Replays
            </Button>
          </>
        }
      />
      <DataTable
        id="dead-letters"
        label="Dead letters"
        columns={columns}
        query={query}
        pages={pages}
        rowId={({ dead_letter_id: id }) => id}
        to={({ dead_letter_id: id }) => `/dead-letters/${id}`}
        toolbar={<LetterFilters filters={filters} />}
        bulk={
          mayChange
            ? (ids, done) => (
                <>
                  <Button
                    size="xs"
                    variant="default"
                    onClick={() => setReplay({ filter: { dead_letter_ids: [...ids] }, done })}
                  >
                    Replay
                  </Button>
                  <Button size="xs" variant="light" color="red" onClick={() => dismiss(ids, done)}>
                    Dismiss
                  </Button>
                </>
              )
            : undefined
        }
        empty={
          filters.any ? (
            <NoneMatch title="No letter matches" show="all dead letters" onClear={filters.clear}>
              None that is open has this kind and these words.
            </NoneMatch>
          ) : (
            <EmptyState icon={IconMailbox} title="No dead letters">
              What spends its attempts comes to stand here, with the reason, until somebody replays or
              dismisses it.
            </EmptyState>
          )
        }
      />
      {replay && (
        <ReplayDialog
          filter={replay.filter}
          onClose={() => setReplay(null)}
          onBegun={() => replay.done?.()}
        />
      )}
      <Outlet />
    </>
  );
}

function LetterFilters({ filters }: { filters: Filters<(typeof names)[number]> }) {
  const { values, set } = filters;
  const [text, setText] = useState(values.text);
  const find = (event: SubmitEvent): void => {
    event.preventDefault();
    set({ text: text.trim() });
  };
  const clear = (): void => {
    setText("");
    filters.clear();
  };
  return (
    <>
      <form onSubmit={find} role="search">
        <TextInput
          label="In the reason, or an id"
          leftSection={<IconSearch size={16} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          w={260}
        />
      </form>
      <Select
        label="Kind"
        placeholder="All"
        data={[...deadLetterKinds]}
        value={values.kind || null}
        onChange={(kind) => set({ kind: kind ?? "" })}
        clearable
        w={160}
      />
      {filters.any && (
        <Button variant="subtle" color="gray" leftSection={<IconX size={16} />} onClick={clear}>
          Clear
        </Button>
      )}
    </>
  );
}
