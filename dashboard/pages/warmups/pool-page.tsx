import { Button, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconMailbox, IconPlus } from "@tabler/icons-react";
import { Outlet } from "react-router";
import { useCursorPages } from "../../data/cursor-pages.js";
import { useApi, useMay } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { Count } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { EngagementOff, useEngagementOff } from "./engagement.js";
import { useMailboxForms } from "./mailbox-form.js";
import { junkShare, Participation, Readable } from "./mailbox-standing.js";
import { mailboxesQuery, type MailboxRow } from "./pool-queries.js";
import { WarmupTabs } from "./tabs.js";

const columns: Column<MailboxRow>[] = [
  { id: "address", title: "Mailbox", cell: ({ address }) => address },
  { id: "part", title: "Takes part", cell: (mailbox) => <Participation mailbox={mailbox} /> },
  { id: "since", title: "Since", cell: ({ opted_in_at: at }) => <Time at={at} /> },
  { id: "readable", title: "IMAP", cell: (mailbox) => <Readable mailbox={mailbox} /> },
  { id: "node", title: "Node", cell: ({ node_id: node }) => node },
  { id: "sent", title: "Letters in 7 days", align: "right", cell: ({ sent }) => <Count value={sent} /> },
  { id: "junk", title: "In junk", align: "right", cell: junkShare },
  { id: "missing", title: "Missing", align: "right", cell: ({ missing }) => <Count value={missing} /> },
  { id: "problem", title: "Last problem", hidden: true, cell: ({ problem }) => problem ?? "—" },
  { id: "checked", title: "Checked", hidden: true, cell: ({ checked_at: at }) => <Time at={at} /> },
];

/** Mailboxes of the tenant that write to each other while they warm up. */
export function PoolPage() {
  const pages = useCursorPages();
  const query = useQuery(mailboxesQuery(useApi(), pages.cursor));
  const mayChange = useMay({ resource: "warmups", level: "own" });
  const off = useEngagementOff();
  const forms = useMailboxForms();
  const add = mayChange && (
    <Tooltip label={off} disabled={off === null}>
      <Button
        leftSection={<IconPlus size={16} />}
        data-disabled={off !== null || undefined}
        onClick={off === null ? forms.add : (event) => event.preventDefault()}
      >
        Add a mailbox
      </Button>
    </Tooltip>
  );
  return (
    <>
      <PageHeader
        title="Mailbox pool"
        description="Mailboxes of this tenant’s own that write to each other while they warm up, and react."
        actions={add}
      />
      <WarmupTabs at="pool" />
      <EngagementOff />
      <DataTable
        id="warmup-mailboxes"
        label="Mailboxes"
        query={query}
        pages={pages}
        columns={columns}
        rowId={({ mailbox_id: id }) => id}
        to={({ mailbox_id: id }) => `/warmups/pool/${id}`}
        empty={
          <EmptyState icon={IconMailbox} title="No mailbox is in the pool" actions={off === null && add}>
            Mailboxes that were opted in write a few letters a day to each other, and open, answer and rescue
            them from junk; where the letters land is measured. A volume ramp needs none of it.
          </EmptyState>
        }
      />
      <Outlet />
    </>
  );
}
