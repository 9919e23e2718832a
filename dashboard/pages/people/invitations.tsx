import { Button, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { RowOf } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { confirm } from "../../parts/confirm.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { tellDone } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";
import { invitationsQuery } from "./queries.js";

type Invitation = RowOf<"users.invitations">;

const columns: Column<Invitation>[] = [
  { id: "email", title: "Email", cell: ({ email }) => email },
  { id: "role", title: "Role", cell: ({ role }) => role },
  { id: "status", title: "Status", cell: (invitation) => <StatusBadge {...standing(invitation)} /> },
  { id: "by", title: "By", cell: ({ invited_by: by }) => by },
  { id: "until", title: "Until", cell: ({ expires_at: at }) => <Time at={at} /> },
  { id: "actions", title: "Actions", cell: (invitation) => <Withdraw invitation={invitation} /> },
];

function standing({ accepted_at: accepted, withdrawn_at: withdrawn, expires_at: until }: Invitation) {
  if (accepted !== null) return { status: "accepted" };
  if (withdrawn !== null) return { status: "withdrawn", tone: "neutral" as const };
  return { status: new Date(until) < new Date() ? "expired" : "pending" };
}

export function Invitations() {
  const query = useQuery(invitationsQuery(useApi()));
  return (
    <DataTable
      id="invitations"
      label="Invitations"
      query={query}
      columns={columns}
      rowId={({ invitation_id: id }) => id}
      empty={<Text size="sm">Nobody is invited.</Text>}
    />
  );
}

function Withdraw({ invitation }: { invitation: Invitation }) {
  const api = useApi();
  const queries = useQueryClient();
  const { email, invitation_id: id } = invitation;
  if (standing(invitation).status !== "pending") return null;
  const withdraw = (): void =>
    confirm({
      title: `Withdraw the invitation of ${email}?`,
      children: "Nobody joins by its link any more.",
      action: "Withdraw",
      run: async () => {
        await api.DELETE("/api/invitations/{invitation_id}", { params: { path: { invitation_id: id } } });
        tellDone("The invitation is withdrawn.");
        await queries.invalidateQueries({ queryKey: ["people"] });
      },
    });
  return (
    <Button
      size="compact-xs"
      variant="light"
      color="red"
      aria-label={`Withdraw the invitation of ${email}`}
      onClick={withdraw}
    >
      Withdraw
    </Button>
  );
}
