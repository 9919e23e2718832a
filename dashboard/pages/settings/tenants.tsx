import { Button, Text, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconPlus } from "@tabler/icons-react";
import { answerOf, type RowOf } from "../../data/client.js";
import { useWho } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { openForm } from "../../parts/form-dialog.js";
import { Panel } from "../../parts/panel.js";
import { tellDone } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";

/** Of the platform. */
export function Tenants() {
  const { platform, tenantId, chooseTenant } = useWho();
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: ["tenants", "list"],
    queryFn: ({ signal }) => answerOf(platform.GET("/api/tenants", { signal })),
  });
  const columns: Column<RowOf<"tenants.list">>[] = [
    { id: "tenant_id", title: "Tenant", cell: ({ tenant_id: id }) => id },
    { id: "name", title: "Name", cell: ({ name }) => name },
    { id: "created_at", title: "Created", cell: ({ created_at: at }) => <Time at={at} /> },
    {
      id: "open",
      title: "Open",
      cell: ({ tenant_id: id }) =>
        id === tenantId ? (
          "open now"
        ) : (
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`Open ${id}`}
            onClick={() => chooseTenant(id)}
          >
            Open
          </Button>
        ),
    },
  ];
  const create = (): void =>
    openForm({
      title: "Create a tenant",
      action: "Create",
      initial: { tenant_id: "", name: "" },
      fields: (form) => (
        <>
          <TextInput label="Id" required {...form.getInputProps("tenant_id")} />
          <TextInput label="Name" {...form.getInputProps("name")} />
        </>
      ),
      run: async ({ tenant_id: id, name }) => {
        await platform.POST("/api/tenants", { body: { tenant_id: id, ...(name !== "" && { name }) } });
        tellDone(`The tenant ${id} is there.`);
        await queries.invalidateQueries({ queryKey: ["tenants"] });
      },
    });
  return (
    <Panel
      title="Tenants of the platform"
      aside={
        <Button size="xs" leftSection={<IconPlus size={16} />} onClick={create}>
          Create a tenant
        </Button>
      }
    >
      <DataTable
        id="tenants"
        label="Tenants"
        query={query}
        columns={columns}
        rowId={({ tenant_id: id }) => id}
        empty={<Text size="sm">There is no tenant yet.</Text>}
      />
    </Panel>
  );
}
