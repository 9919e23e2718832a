import { Button, Select, Stack, TextInput, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconPlus } from "@tabler/icons-react";
import { Outlet } from "react-router";
import { memberRoles, type MemberRole } from "../../../domain/access.js";
import type { RowOf } from "../../data/client.js";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useApi, useWho } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { openForm } from "../../parts/form-dialog.js";
import { PageHeader } from "../../parts/page-header.js";
import { showOnce } from "../../parts/shown-once.js";
import { EmptyState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { Time } from "../../parts/time.js";
import { Invitations } from "./invitations.js";
import { peopleQuery } from "./queries.js";

export function PeoplePage() {
  const { api, tenantId } = useWho();
  const pages = useCursorPages();
  const query = useQuery(peopleQuery(api, pages.cursor));
  const invite = (
    <Button leftSection={<IconPlus size={16} />} onClick={useInviting()}>
      Invite somebody
    </Button>
  );
  const columns: Column<RowOf<"users.list">>[] = [
    { id: "name", title: "Name", cell: ({ name }) => name },
    { id: "email", title: "Email", cell: ({ email }) => email },
    {
      id: "role",
      title: "Role",
      cell: ({ admin, memberships }) =>
        memberships.find(({ tenant_id: of }) => of === tenantId)?.role ?? (admin ? "admin" : "—"),
    },
    {
      id: "status",
      title: "Status",
      cell: ({ disabled_at: at }) => <StatusBadge status={at === null ? "active" : "disabled"} />,
    },
    { id: "totp", title: "Second factor", cell: ({ totp }) => (totp ? "yes" : "no") },
    {
      id: "seen",
      title: "Last signed in",
      cell: ({ last_signed_in_at: at }) => <Time at={at} otherwise="never" />,
    },
  ];
  return (
    <>
      <PageHeader
        title="People"
        description="Who may open this tenant, and what they may do."
        actions={invite}
      />
      <Stack gap="xl">
        <DataTable
          id="people"
          label="People"
          query={query}
          pages={pages}
          columns={columns}
          rowId={({ user_id: id }) => id}
          to={({ user_id: id }) => `/people/${id}`}
          empty={
            <EmptyState title="Nobody is in this tenant yet" actions={invite}>
              Invite those who will work in it.
            </EmptyState>
          }
        />
        <section aria-label="Invitations">
          <Title order={2} size="h4" mb="sm">
            Invitations
          </Title>
          <Invitations />
        </section>
      </Stack>
      <Outlet />
    </>
  );
}

function useInviting(): () => void {
  const api = useApi();
  const queries = useQueryClient();
  return () =>
    openForm<{ email: string; role: MemberRole }>({
      title: "Invite somebody",
      about: "You get a link that lets them in once, within three days.",
      action: "Invite",
      initial: { email: "", role: "operator" },
      fields: (form) => (
        <>
          <TextInput label="Email" type="email" required {...form.getInputProps("email")} />
          <Select
            label="Role"
            data={[...memberRoles]}
            allowDeselect={false}
            {...form.getInputProps("role")}
          />
        </>
      ),
      run: async (body) => {
        const { data } = await api.POST("/api/invitations", { body });
        await queries.invalidateQueries({ queryKey: ["people"] });
        if (data) showOnce(`Invitation of ${body.email}`, "link", data.link);
      },
    });
}
