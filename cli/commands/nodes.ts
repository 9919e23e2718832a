import { Command, Option } from "commander";
import { confirm } from "../confirm.js";
import { withFloe } from "../session.js";
import { parseCount, readTextFile } from "../values.js";

interface SetOptions {
  host: string;
  port?: number;
  tenant?: string;
  provider?: string;
  secure?: boolean;
  starttls?: "opportunistic" | "required";
  tlsCaFile?: string;
  tlsServerName?: string;
  username?: string;
  passwordFile?: string;
  returnPathDomain?: string;
  weight?: number;
  maxConnections?: number;
  maxMessagesPerConnection?: number;
  sendingIps?: string[];
  pauseWhenListed?: boolean;
}

export function nodesCommand(): Command {
  const command = new Command("nodes").description("identities mail leaves from: SMTP hosts and ESP relays");

  command
    .command("list")
    .description("list nodes")
    .option("-t, --tenant <tenant>", "only those this tenant may use")
    .action(
      withFloe(async (floe, output, { tenant }: { tenant?: string }) => {
        output.rows(
          await floe.nodes.list(tenant),
          [
            { title: "NODE", value: (n) => n.nodeId },
            { title: "TENANT", value: (n) => n.tenantId ?? "every" },
            { title: "PROVIDER", value: (n) => n.provider },
            { title: "HOST", value: (n) => `${n.host}:${n.port}` },
            { title: "WEIGHT", value: (n) => n.weight, align: "right" },
            { title: "CONNECTIONS", value: (n) => n.maxConnections, align: "right" },
            { title: "STATUS", value: (n) => n.status },
          ],
          "No nodes yet: nothing can be sent. Add one: floe nodes set <node> --host <host>",
        );
      }),
    );

  command
    .command("set")
    .description("create a node or replace all its settings")
    .argument("<node>", "its id")
    .requiredOption("--host <host>", "SMTP host")
    .option("--port <n>", "SMTP port", parseCount)
    .option("-t, --tenant <tenant>", "only for this tenant; absent: for every tenant")
    .option("--provider <name>", "internal, or the name of an ESP relay")
    .option("--secure", "TLS from the first byte; otherwise STARTTLS when offered")
    .addOption(
      new Option("--starttls <when>", "opportunistic: when the server offers it").choices([
        "opportunistic",
        "required",
      ]),
    )
    .option("--tls-ca-file <file>", "PEM file of the only authority that vouches for its certificate")
    .option("--tls-server-name <name>", "name that its certificate has, where that is not the host")
    .option("--username <name>", "login")
    .option(
      "--password-file <file>",
      "file that holds the password, so that it stays out of the shell's history",
    )
    .option("--return-path-domain <domain>", "domain of the envelope sender")
    .option("--weight <n>", "share of the mail among nodes", parseCount)
    .option("--max-connections <n>", "connections at once", parseCount)
    .option("--max-messages-per-connection <n>", "messages before a connection is replaced", parseCount)
    .option("--sending-ips <ips...>", "addresses that its mail comes from; absent: those of its host")
    .option("--pause-when-listed", "pause it once one of its addresses is on a blacklist")
    .addHelpText(
      "after",
      "\nExample:\n  $ floe nodes set n1 --host smtp.example.com --port 465 --secure --username u --password-file p",
    )
    .action(
      withFloe(
        async (floe, output, nodeId: string, { tenant, passwordFile, tlsCaFile, ...options }: SetOptions) => {
          const password =
            passwordFile === undefined ? undefined : await readTextFile("--password-file", passwordFile);
          await floe.nodes.upsert({
            ...options,
            nodeId,
            tenantId: tenant,
            tlsCa: tlsCaFile === undefined ? undefined : await readTextFile("--tls-ca-file", tlsCaFile),
            password: password?.replace(/\r?\n$/, ""),
          });
          output.result({ nodeId }, `Node ${nodeId} is set.`);
        },
      ),
    );

  ofNode(command, "pause", "nothing leaves from it until it is resumed").action(
    withFloe(async (floe, output, nodeId: string) => {
      await floe.nodes.pause(nodeId);
      output.result({ nodeId, status: "paused" }, `Node ${nodeId} is paused.`);
    }),
  );

  ofNode(command, "resume", "let mail leave from it again").action(
    withFloe(async (floe, output, nodeId: string) => {
      await floe.nodes.resume(nodeId);
      output.result({ nodeId, status: "active" }, `Node ${nodeId} is active.`);
    }),
  );

  ofNode(command, "remove", "forget a node")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, nodeId: string, { yes }: { yes?: boolean }) => {
        if (!(await confirm(`Remove node ${nodeId}?`, yes))) return output.note("Nothing was changed.");
        await floe.nodes.remove(nodeId);
        output.result({ nodeId, removed: true }, `Node ${nodeId} is removed.`);
      }),
    );
  return command;
}

function ofNode(nodes: Command, name: string, description: string): Command {
  return nodes.command(name).description(description).argument("<node>", "its id");
}
