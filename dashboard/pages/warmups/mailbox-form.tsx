import { Checkbox, NumberInput, PasswordInput, Select, SimpleGrid, Textarea, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { answerOf, type ApiClient, type Tagged } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { openForm } from "../../parts/form-dialog.js";
import { tellDone } from "../../parts/telling.js";
import type { Mailbox } from "./pool-queries.js";
import { nodesQuery } from "./queries.js";

interface MailboxValues {
  address: string;
  node_id: string | null;
  imap_host: string;
  imap_port: number | "";
  imap_secure: boolean;
  imap_user: string;
  imap_password: string;
  imap_ca: string;
}

const blank: MailboxValues = {
  ...{ address: "", node_id: null, imap_host: "", imap_port: "", imap_secure: true },
  ...{ imap_user: "", imap_password: "", imap_ca: "" },
};

/** Opens the form of a new mailbox of the pool, or of one that was looked at. */
export function useMailboxForms() {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const done = async (message: string): Promise<void> => {
    tellDone(message);
    await queries.invalidateQueries({ queryKey: ["warmups", "pool"] });
  };
  return {
    add: () =>
      openForm<MailboxValues>({
        title: "Add a mailbox",
        about: "It takes no part before it is opted in. Its password is kept sealed, and never shown.",
        action: "Add",
        initial: blank,
        fields: (form) => <MailboxFields api={api} form={form} isNew />,
        run: async ({ address, ...values }) => {
          const body = { ...asBody(values), address, imap_password: values.imap_password };
          const { mailbox_id: id } = await answerOf(api.POST("/api/warmup-mailboxes", { body }));
          void navigate(`/warmups/pool/${id}`);
          await done(`${address} is added. Check that it can be read, then opt it in.`);
        },
      }),
    edit: ({ value, tag }: Tagged<Mailbox>) =>
      openForm<MailboxValues>({
        title: `Edit ${value.address}`,
        action: "Save",
        initial: {
          ...{ address: value.address, node_id: value.node_id, imap_host: value.imap_host },
          ...{ imap_port: value.imap_port, imap_secure: value.imap_secure, imap_user: value.imap_user },
          ...{ imap_password: "", imap_ca: value.imap_ca ?? "" },
        },
        fields: (form) => <MailboxFields api={api} form={form} isNew={false} />,
        run: async ({ address, imap_password: password, ...values }) => {
          const body = { ...asBody(values), ...(password !== "" && { imap_password: password }) };
          const params = { path: { mailbox_id: value.mailbox_id }, header: { "If-Match": tag } };
          await answerOf(api.PATCH("/api/warmup-mailboxes/{mailbox_id}", { params, body }));
          await done(`${address} is changed.`);
        },
      }),
  };
}

/** What is left empty is the server’s usual. */
function asBody(values: Omit<MailboxValues, "address" | "imap_password">) {
  const { node_id: node, imap_host, imap_port: port, imap_secure, imap_user: user, imap_ca: ca } = values;
  return {
    ...{ node_id: node ?? "", imap_host, imap_secure, imap_ca: ca.trim() === "" ? null : ca },
    ...(port !== "" && { imap_port: port }),
    ...(user !== "" && { imap_user: user }),
  };
}

interface MailboxFieldsProps {
  /** Dialogs stand outside of who asks. */
  api: ApiClient;
  form: UseFormReturnType<MailboxValues>;
  isNew: boolean;
}

function MailboxFields({ api, form, isNew }: MailboxFieldsProps) {
  const nodes = useQuery(nodesQuery(api)).data?.data ?? [];
  const { imap_secure: isSecure, address } = form.getValues();
  return (
    <>
      {isNew && (
        <TextInput
          label="Address"
          description="One of your own"
          placeholder="anna@example.com"
          autoComplete="off"
          required
          {...form.getInputProps("address")}
        />
      )}
      <Select
        label="Node"
        description="That its letters leave from"
        data={nodes.map(({ node_id: id }) => id)}
        searchable
        required
        {...form.getInputProps("node_id")}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput
          label="IMAP host"
          placeholder="imap.example.com"
          required
          {...form.getInputProps("imap_host")}
        />
        <NumberInput
          label="IMAP port"
          placeholder={isSecure ? "993" : "143"}
          min={1}
          max={65_535}
          allowDecimal={false}
          {...form.getInputProps("imap_port")}
        />
        <TextInput
          label="User name"
          placeholder={address === "" ? "its address" : address}
          autoComplete="off"
          {...form.getInputProps("imap_user")}
        />
        <PasswordInput
          label="Password"
          autoComplete="new-password"
          placeholder={isNew ? undefined : "Empty: it stays"}
          required={isNew}
          {...form.getInputProps("imap_password")}
        />
      </SimpleGrid>
      <Checkbox
        label="TLS from the first byte"
        description="Usually port 993. Otherwise STARTTLS; IMAP is never spoken without TLS."
        {...form.getInputProps("imap_secure", { type: "checkbox" })}
      />
      <Textarea
        label="Certificate of the authority"
        description="PEM; only for a server whose certificate no known authority signed"
        autosize
        maxRows={6}
        {...form.getInputProps("imap_ca")}
      />
    </>
  );
}
