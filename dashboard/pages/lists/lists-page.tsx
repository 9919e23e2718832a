import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconListDetails, IconPlus } from "@tabler/icons-react";
import { Outlet } from "react-router";
import { answerOf } from "../../data/client.js";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useApi, useMay } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { Count } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { tellDone } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";
import { askName } from "./name-form.js";
import { listsQuery, type List } from "./queries.js";

const columns: Column<List>[] = [
  { id: "name", title: "Name", cell: ({ name }) => name },
  { id: "contacts", title: "Contacts", align: "right", cell: (list) => <Count value={list.contact_count} /> },
  { id: "created_at", title: "Created", cell: ({ created_at: at }) => <Time at={at} /> },
  { id: "list_id", title: "Id", cell: ({ list_id: id }) => id, hidden: true },
];

export function ListsPage() {
  const api = useApi();
  const queries = useQueryClient();
  const mayChange = useMay({ resource: "lists", level: "write" });
  const pages = useCursorPages();
  const query = useQuery(listsQuery(api, { after: pages.cursor }));
  const create = async (name: string): Promise<void> => {
    const { created } = await answerOf(api.POST("/api/lists", { body: { name } }));
    tellDone(created ? `${name} is a list now.` : `There is a list ${name} already; it is as it was.`);
    await queries.invalidateQueries({ queryKey: ["lists"] });
  };
  const add = mayChange && (
    <Button
      onClick={() => askName({ title: "A new list", action: "Create", save: create })}
      leftSection={<IconPlus size={16} />}
    >
      Create a list
    </Button>
  );
  return (
    <>
      <PageHeader title="Lists" description="Contacts that are kept together." actions={add} />
      <DataTable
        id="lists"
        label="Lists"
        columns={columns}
        query={query}
        pages={pages}
        rowId={({ list_id: id }) => id}
        to={({ list_id: id }) => `/lists/${id}`}
        empty={
          <EmptyState icon={IconListDetails} title="No lists yet" actions={add}>
            Campaigns are sent to lists and segments; an import puts its contacts on a list.
          </EmptyState>
        }
      />
      <Outlet />
    </>
  );
}
