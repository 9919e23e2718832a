import { Button, Textarea, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconPlus, IconWorldCheck } from "@tabler/icons-react";
import { Outlet, useNavigate } from "react-router";
import { answerOf, type RowOf } from "../../data/client.js";
import { useApi, useMay } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { openForm } from "../../parts/form-dialog.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { tellDone } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { domainChecksQuery, domainsQuery } from "./queries.js";

/** How the domain stands in DNS; all keys of one have the same. */
function DnsStatus({ domain }: { domain: string }) {
  const { data: checks } = useQuery(domainChecksQuery(useApi()));
  const check = checks?.data.find((one) => one.domain === domain);
  return check ? <StatusBadge status={check.status} /> : "–";
}

const columns: Column<RowOf<"domains.list">>[] = [
  { id: "domain", title: "Domain", cell: ({ domain }) => domain },
  { id: "dns", title: "In DNS", cell: ({ domain }) => <DnsStatus domain={domain} /> },
  { id: "selector", title: "Selector", cell: ({ selector }) => selector },
  { id: "algorithm", title: "Algorithm", cell: ({ algorithm }) => algorithm },
  { id: "created_at", title: "Added", cell: ({ created_at: at }) => <Time at={at} /> },
];

export function DomainsPage() {
  const api = useApi();
  const mayChange = useMay({ resource: "domains", level: "own" });
  const query = useQuery(domainsQuery(api));
  const add = useAddition();
  const button = mayChange && (
    <Button leftSection={<IconPlus size={16} />} onClick={add}>
      Add a key
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Domains"
        description="How domains stand in DNS, the keys that sign their mail, and the records that publish them."
        actions={button}
      />
      <DataTable
        id="domains"
        label="Signing keys"
        query={query}
        columns={columns}
        rowId={({ domain, selector }) => `${domain} ${selector}`}
        to={({ domain, selector }) => `/domains/${domain}/${selector}`}
        empty={
          <EmptyState icon={IconWorldCheck} title="No mail is signed yet" actions={button}>
            Add a key for the domain that mail comes from, and publish its record in DNS: mailbox providers
            trust mail that is signed.
          </EmptyState>
        }
      />
      <Outlet />
    </>
  );
}

function useAddition(): () => void {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  return () =>
    openForm({
      title: "Add a signing key",
      action: "Add",
      initial: { domain: "", selector: "floe", private_key: "" },
      fields: (form) => (
        <>
          <TextInput label="Domain" placeholder="example.com" required {...form.getInputProps("domain")} />
          <TextInput label="Selector" required {...form.getInputProps("selector")} />
          <Textarea
            label="Private key"
            description="In PEM; leave it empty to have one made"
            autosize
            minRows={2}
            maxRows={8}
            autoComplete="off"
            {...form.getInputProps("private_key")}
          />
        </>
      ),
      run: async ({ private_key: key, ...ref }) => {
        const body = { ...ref, ...(key !== "" && { private_key: key }) };
        await answerOf(api.POST("/api/domains", { body }));
        tellDone("The key is added. Mail is signed with it; publish its record.");
        await queries.invalidateQueries({ queryKey: ["domains"] });
        void navigate(`/domains/${ref.domain}/${ref.selector}`);
      },
    });
}
