import { Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconPlus, IconUpload, IconUsers } from "@tabler/icons-react";
import { Link, Outlet, useLocation } from "react-router";
import { useCursorPages } from "../../data/cursor-pages.js";
import { given, useFilters } from "../../data/filters.js";
import { useMay, useWho } from "../../data/who.js";
import { CsvButton } from "../../parts/csv-button.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { NoneMatch } from "../../parts/none-match.js";
import { PageHeader } from "../../parts/page-header.js";
import { EmptyState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { AddToList } from "./add-to-list.js";
import { ContactFilters } from "./contact-filters.js";
import { contactsQuery, nameOf, type Contact } from "./queries.js";

const columns: Column<Contact>[] = [
  { id: "email", title: "Email", cell: ({ email }) => email },
  { id: "name", title: "Name", cell: (contact) => nameOf(contact) ?? "—" },
  { id: "time_zone", title: "Time zone", cell: ({ time_zone: zone }) => zone ?? "—" },
  { id: "updated_at", title: "Changed", cell: ({ updated_at: at }) => <Time at={at} /> },
  { id: "created_at", title: "Added", cell: ({ created_at: at }) => <Time at={at} />, hidden: true },
  { id: "contact_id", title: "Id", cell: ({ contact_id: id }) => id, hidden: true },
  {
    id: "attributes",
    title: "Attributes",
    cell: ({ attributes }) => (
      <Text size="sm" lineClamp={1}>
        {Object.entries(attributes)
          .map(([name, value]) => `${name}: ${value}`)
          .join(", ") || "—"}
      </Text>
    ),
  },
];

export function ContactsPage() {
  const { api } = useWho();
  const { search } = useLocation();
  const mayChange = useMay({ resource: "contacts", level: "write" });
  const filters = useFilters("list", "segment", "email_prefix");
  const pages = useCursorPages();
  const narrowed = given(filters.values);
  const query = useQuery(contactsQuery(api, { ...narrowed, after: pages.cursor }));
  const add = mayChange && (
    <Button component={Link} to={{ pathname: "/contacts/new", search }} leftSection={<IconPlus size={16} />}>
      Add a contact
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Contacts"
        description="People this tenant may write to."
        actions={
          <>
            {narrowed.email_prefix === undefined && (
              <CsvButton
                path={`/api/contacts/export.csv?${new URLSearchParams(narrowed).toString()}`}
                name="contacts.csv"
              />
            )}
            {add}
          </>
        }
      />
      <DataTable
        id="contacts"
        label="Contacts"
        columns={columns}
        query={query}
        pages={pages}
        rowId={({ contact_id: id }) => id}
        to={({ contact_id: id }) => `/contacts/${id}`}
        toolbar={<ContactFilters filters={filters} />}
        bulk={mayChange ? (ids, done) => <AddToList contactIds={ids} onDone={done} /> : undefined}
        empty={
          filters.any ? (
            <NoneMatch title="No contact matches" show="all contacts" onClear={filters.clear}>
              Nobody has all that is asked for now.
            </NoneMatch>
          ) : (
            <EmptyState
              icon={IconUsers}
              title="No contacts yet"
              actions={
                mayChange && (
                  <>
                    {add}
                    <Button
                      component={Link}
                      to="/imports"
                      variant="default"
                      leftSection={<IconUpload size={16} />}
                    >
                      Import a file
                    </Button>
                  </>
                )
              }
            >
              Add people one by one, or import a CSV file of any size.
            </EmptyState>
          )
        }
      />
      <Outlet />
    </>
  );
}
