import {
  Checkbox,
  NumberInput,
  PasswordInput,
  Select,
  SimpleGrid,
  TagsInput,
  TextInput,
} from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { answerOf, type Answer, type ApiClient, type Tagged } from "../../data/client.js";
import { ApiProblem } from "../../data/problem.js";
import { useWho } from "../../data/who.js";
import { openForm } from "../../parts/form-dialog.js";
import { tellDone } from "../../parts/telling.js";

type Node = Answer<"nodes.get">;

interface NodeValues {
  node_id: string;
  provider: string;
  host: string;
  port: number;
  secure: boolean;
  starttls: Node["starttls"];
  username: string;
  password: string;
  return_path_domain: string;
  weight: number;
  max_connections: number;
  max_messages_per_connection: number;
  sending_ips: string[];
  pause_when_listed: boolean;
}

const blank: NodeValues = {
  ...{ node_id: "", provider: "smtp", host: "", port: 587, secure: false, starttls: "required" },
  ...{ username: "", password: "", return_path_domain: "" },
  ...{ weight: 1, max_connections: 10, max_messages_per_connection: 100 },
  ...{ sending_ips: [], pause_when_listed: false },
};

/** Opens the form of a new node, or of one that was looked at. */
export function useNodeForms() {
  const { api, platform, tenantId } = useWho();
  const queries = useQueryClient();
  const done = async (message: string): Promise<void> => {
    tellDone(message);
    await queries.invalidateQueries({ queryKey: ["nodes"] });
  };
  return {
    create: () =>
      openForm<NodeValues>({
        title: "Add a node",
        action: "Add",
        initial: blank,
        fields: (form) => <NodeFields form={form} isNew />,
        run: async ({ node_id: id, ...values }) => {
          const body = { ...asBody(values), tenant_id: tenantId, password: values.password || null };
          await refuseTaken(api, id);
          const params = { path: { node_id: id } };
          await answerOf(api.PUT("/api/nodes/{node_id}", { params, body }));
          await done(`${id} is added.`);
        },
      }),
    edit: ({ value, tag }: Tagged<Node>) =>
      openForm<NodeValues>({
        title: `Edit ${value.node_id}`,
        action: "Save",
        initial: {
          ...blank,
          ...value,
          username: value.username ?? "",
          return_path_domain: value.return_path_domain ?? "",
        },
        fields: (form) => <NodeFields form={form} isNew={false} />,
        run: async ({ node_id: id, password, ...values }) => {
          const body = { ...asBody(values), ...(password !== "" && { password }) };
          const params = { path: { node_id: id }, header: { "If-Match": tag } };
          const own = value.tenant_id === null ? platform : api;
          await answerOf(own.PATCH("/api/nodes/{node_id}", { params, body }));
          await done(`${id} is changed.`);
        },
      }),
  };
}

/** Putting a node replaces one of that id: a form that adds must not. @throws ApiProblem */
async function refuseTaken(api: ApiClient, id: string): Promise<void> {
  const { data } = await answerOf(api.GET("/api/nodes"));
  if (!data.some(({ node_id: other }) => other === id)) return;
  const problems = [{ field: "node_id", problem: "is another node’s", pointer: "/node_id" }];
  throw new ApiProblem({
    title: "Conflict",
    status: 409,
    detail: `There is a node ${id} already.`,
    problems,
  });
}

function asBody(values: Omit<NodeValues, "node_id" | "password">) {
  const { provider, host, port, secure, starttls, weight } = values;
  const { sending_ips, pause_when_listed } = values;
  return {
    ...{ sending_ips, pause_when_listed },
    ...{ provider, host, port, secure, starttls, weight },
    max_connections: values.max_connections,
    max_messages_per_connection: values.max_messages_per_connection,
    username: values.username || null,
    return_path_domain: values.return_path_domain || null,
  };
}

function NodeFields({ form, isNew }: { form: UseFormReturnType<NodeValues>; isNew: boolean }) {
  return (
    <>
      {isNew && <TextInput label="Id" required {...form.getInputProps("node_id")} />}
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput label="Host" required {...form.getInputProps("host")} />
        <NumberInput label="Port" min={1} max={65_535} {...form.getInputProps("port")} />
        <Select
          label="STARTTLS"
          data={["required", "opportunistic"]}
          allowDeselect={false}
          {...form.getInputProps("starttls")}
        />
        <TextInput label="Provider" {...form.getInputProps("provider")} />
        <TextInput label="User name" autoComplete="off" {...form.getInputProps("username")} />
        <PasswordInput
          label="Password"
          autoComplete="new-password"
          description={isNew ? undefined : "Empty: it stays"}
          {...form.getInputProps("password")}
        />
        <NumberInput label="Weight" min={1} {...form.getInputProps("weight")} />
        <TextInput label="Return path’s domain" {...form.getInputProps("return_path_domain")} />
        <NumberInput label="Connections" min={1} {...form.getInputProps("max_connections")} />
        <NumberInput
          label="Messages a connection"
          min={1}
          {...form.getInputProps("max_messages_per_connection")}
        />
      </SimpleGrid>
      <Checkbox
        label="TLS from the first byte (port 465)"
        {...form.getInputProps("secure", { type: "checkbox" })}
      />
      <TagsInput
        label="Sending addresses"
        description="IP addresses that mail leaves from, which blacklists are asked about; empty: the host’s, where the provider is internal"
        {...form.getInputProps("sending_ips")}
      />
      <Checkbox
        label="Pause it when one of them is on a blacklist"
        {...form.getInputProps("pause_when_listed", { type: "checkbox" })}
      />
    </>
  );
}
