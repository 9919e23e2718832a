import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useLocation, useParams } from "react-router";
import { answerOf, type Tagged } from "../../data/client.js";
import { useApi, useMay } from "../../data/who.js";
import { CodeView } from "../../parts/code-view.js";
import { Copyable } from "../../parts/copyable.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { Facts } from "../../parts/facts.js";
import { useRemoval } from "../../parts/removal.js";
import { QueryState } from "../../parts/states.js";
import { tellDone } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";
import { AddToList } from "./add-to-list.js";
import { ContactForm, type ContactValues } from "./contact-form.js";
import { contactQuery, nameOf, type Contact } from "./queries.js";

export function ContactDrawer() {
  const { contact = "" } = useParams();
  const api = useApi();
  const mayChange = useMay({ resource: "contacts", level: "write" });
  const query = useQuery(contactQuery(api, contact));
  const found = query.data?.value;
  // The contact as it was when the form was opened: what came since must not be overwritten unseen.
  const [editing, setEditing] = useState<Tagged<Contact> | null>(null);
  const removal = useContactRemoval(found);
  const actions = found && mayChange && !editing && (
    <>
      <AddToList contactIds={[found.contact_id]} onDone={() => undefined} />
      <Button
        size="xs"
        variant="default"
        leftSection={<IconPencil size={16} />}
        onClick={() => setEditing(query.data ?? null)}
      >
        Edit
      </Button>
      <Button size="xs" variant="light" color="red" leftSection={<IconTrash size={16} />} onClick={removal}>
        Delete
      </Button>
    </>
  );
  return (
    <DetailDrawer title={found?.email ?? contact} backTo="/contacts" actions={actions}>
      {editing ? (
        <EditContact seen={editing} onEnd={() => setEditing(null)} />
      ) : (
        <QueryState query={query}>{({ value }) => <About contact={value} />}</QueryState>
      )}
    </DetailDrawer>
  );
}

function About({ contact }: { contact: Contact }) {
  return (
    <>
      <Facts
        columns={2}
        facts={[
          ["Name", nameOf(contact)],
          ["Time zone", contact.time_zone],
          ["Added", <Time key="added" at={contact.created_at} />],
          ["Changed", <Time key="changed" at={contact.updated_at} />],
          ["Domain", contact.domain],
          ["Id", <Copyable key="id" value={contact.contact_id} label="id of the contact" />],
        ]}
      />
      <CodeView value={contact.attributes} label="Attributes" />
    </>
  );
}

function EditContact({ seen, onEnd }: { seen: Tagged<Contact>; onEnd: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const save = async (values: ContactValues): Promise<void> => {
    const path = { contact: seen.value.contact_id };
    const params = { path, header: { "If-Match": seen.tag } };
    await answerOf(api.PATCH("/api/contacts/{contact}", { params, body: values }));
    tellDone("The contact is changed.");
    await queries.invalidateQueries({ queryKey: ["contacts"] });
    onEnd();
  };
  return <ContactForm initial={seen.value} action="Save" save={save} onCancel={onEnd} />;
}

/** Asks, removes, and goes back to the list. */
function useContactRemoval(contact: Contact | undefined): () => void {
  const api = useApi();
  const removal = useRemoval("contacts");
  const { search } = useLocation();
  return () => {
    if (!contact) return;
    removal({
      title: `Delete ${contact.email}?`,
      children:
        "The contact and its places on lists are forgotten. What was sent to it stays in the ledger, and a suppression of the address stays, too.",
      run: () => api.DELETE("/api/contacts/{contact}", { params: { path: { contact: contact.contact_id } } }),
      said: `${contact.email} is deleted.`,
      forget: [["contacts", "one", contact.contact_id]],
      search,
    });
  };
}
