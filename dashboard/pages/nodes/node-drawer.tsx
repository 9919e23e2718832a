import { Button, List, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "react-router";
import { answerOf, type Answer } from "../../data/client.js";
import { useMay, useWho } from "../../data/who.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { Facts } from "../../parts/facts.js";
import { openForm } from "../../parts/form-dialog.js";
import { count, duration } from "../../parts/numbers.js";
import { Panel } from "../../parts/panel.js";
import { useRemoval } from "../../parts/removal.js";
import { QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { tellDone } from "../../parts/telling.js";
import { useNodeForms } from "./node-form.js";
import { nodeQuery } from "./queries.js";

type Node = Answer<"nodes.get">;

export function NodeDrawer() {
  const { node = "" } = useParams();
  const { api, session } = useWho();
  const query = useQuery(nodeQuery(api, node));
  const found = query.data?.value;
  const isOurs = found !== undefined && (found.tenant_id !== null || session.user.admin);
  return (
    <DetailDrawer
      title={node}
      backTo="/nodes"
      badge={found && <StatusBadge status={found.status} />}
      actions={isOurs && <Actions node={found} tag={query.data?.tag ?? "*"} />}
    >
      <QueryState query={query}>{({ value }) => <About node={value} />}</QueryState>
    </DetailDrawer>
  );
}

function About({ node }: { node: Node }) {
  return (
    <>
      <Facts
        columns={2}
        facts={[
          ["Host", `${node.host}:${node.port}`],
          ["TLS", node.secure ? "from the first byte" : `STARTTLS, ${node.starttls}`],
          ["Provider", node.provider],
          ["Of", node.tenant_id ?? "everybody (shared)"],
          ["User name", node.username],
          ["Return path’s domain", node.return_path_domain],
          ["Weight", count(node.weight)],
          ["Connections", count(node.max_connections)],
          ["Sending addresses", node.sending_ips.join(", ") || null],
          ["When on a blacklist", node.pause_when_listed ? "it is paused" : "people are told"],
          ["Messages a connection", count(node.max_messages_per_connection)],
        ]}
      />
      <Allowance nodeId={node.node_id} />
    </>
  );
}

/** What is spent of the node's limit, and which providers slowed it down. */
function Allowance({ nodeId }: { nodeId: string }) {
  const { api, platform, session } = useWho();
  const all = session.user.admin;
  const query = useQuery({
    queryKey: ["limits", "status", all],
    queryFn: ({ signal }) => answerOf((all ? platform : api).GET("/api/limits/status", { signal })),
  });
  return (
    <Panel title="Now">
      <QueryState query={query}>
        {({ limits, slowed_paths: paths }) => {
          const own = limits.find(({ limit: { scope, key } }) => scope === "node" && key === nodeId);
          const slowed = paths.filter(({ node_id: id }) => id === nodeId);
          return (
            <>
              {own && (
                <Facts
                  columns={2}
                  facts={[
                    [
                      "Used today",
                      `${count(own.used_today)}${own.limit.per_day === undefined ? "" : ` of ${count(own.limit.per_day)}`}`,
                    ],
                    ["On the wire", count(own.on_the_wire)],
                  ]}
                />
              )}
              {slowed.length === 0 ? (
                "No mailbox provider holds it back."
              ) : (
                <List size="sm" mt="sm">
                  {slowed.map(({ mailbox_provider: provider, per_second: rate, blocked_for_ms: ms }) => (
                    <List.Item key={provider}>
                      {provider}: {rate === undefined ? "" : `slowed to ${count(rate)} a second`}
                      {ms > 0 ? ` blocked for ${duration(ms)}` : ""}
                    </List.Item>
                  ))}
                </List>
              )}
            </>
          );
        }}
      </QueryState>
    </Panel>
  );
}

function Actions({ node, tag }: { node: Node; tag: string }) {
  const { api, platform } = useWho();
  const asked = node.tenant_id === null ? platform : api;
  const queries = useQueryClient();
  const removal = useRemoval("nodes");
  const maySteer = useMay({ resource: "nodes", level: "write" });
  const mayChange = useMay({ resource: "nodes", level: "own" });
  const { edit } = useNodeForms();
  const id = node.node_id;
  const verb = node.status === "paused" ? "resume" : "pause";
  const name = verb === "pause" ? "Pause" : "Resume";
  const steer = (): void =>
    openForm({
      title: `${name} ${id}?`,
      about:
        verb === "pause"
          ? "Nothing leaves from it until it is resumed. What waits for it goes by other nodes, or waits."
          : "Mail leaves from it again.",
      action: name,
      initial: { reason: "" },
      fields: (form) => (
        <TextInput label="Reason" description="Kept in the audit log" {...form.getInputProps("reason")} />
      ),
      run: async ({ reason }) => {
        const header = reason === "" ? {} : { "Floe-Reason": encodeURIComponent(reason) };
        await asked.POST(`/api/nodes/{node_id}/${verb}`, {
          params: { path: { node_id: id }, header },
          body: {},
        });
        tellDone(`${id} is ${verb}d.`);
        await queries.invalidateQueries({ queryKey: ["nodes"] });
      },
    });
  const remove = (): void =>
    removal({
      title: `Delete ${id}?`,
      children: "The node is forgotten, with its password. What was sent by it stays in the ledger.",
      typed: id,
      run: () =>
        asked.DELETE("/api/nodes/{node_id}", {
          params: { path: { node_id: id }, header: { "If-Match": tag } },
        }),
      said: `${id} is deleted.`,
      forget: [["nodes", "one", id]],
    });
  return (
    <>
      {maySteer && (
        <Button size="xs" variant="default" onClick={steer}>
          {name}
        </Button>
      )}
      {mayChange && (
        <Button size="xs" variant="default" onClick={() => edit({ value: node, tag })}>
          Edit
        </Button>
      )}
      {mayChange && (
        <Button size="xs" variant="light" color="red" onClick={remove}>
          Delete
        </Button>
      )}
    </>
  );
}
