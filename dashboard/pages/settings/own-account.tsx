import { Button, PasswordInput, Stack, Table, Tooltip } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { askFor, jsonBody } from "../../data/client.js";
import { useWho } from "../../data/who.js";
import { browserName } from "../../parts/browser-name.js";
import { Facts } from "../../parts/facts.js";
import { openForm } from "../../parts/form-dialog.js";
import { Panel } from "../../parts/panel.js";
import { ScrollRegion } from "../../parts/scroll-region.js";
import { QueryState } from "../../parts/states.js";
import { tellDone, tellProblem } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";

/** As `GET /api/sessions` has it. */
interface OwnSession {
  session_id: string;
  current: boolean;
  address: string;
  user_agent: string | null;
  last_seen_at: string;
}

export function OwnAccount() {
  const { session } = useWho();
  const query = useQuery({
    queryKey: ["own-sessions"],
    queryFn: async () => (await (await askFor("/api/sessions")).json()) as { data: OwnSession[] },
  });
  return (
    <Panel
      title="Your account"
      aside={
        session.method === "password" && (
          <Button size="xs" variant="default" onClick={changePassword}>
            Change the password
          </Button>
        )
      }
    >
      <Stack>
        <Facts
          columns={2}
          facts={[
            ["Email", session.user.email],
            ["Signed in by", session.method === "oidc" ? "your identity provider" : "password"],
          ]}
        />
        <QueryState query={query}>{({ data }) => <Sessions sessions={data} />}</QueryState>
      </Stack>
    </Panel>
  );
}

function changePassword(): void {
  openForm({
    title: "Change the password",
    about: "Your other sessions end.",
    action: "Change",
    initial: { current_password: "", new_password: "" },
    fields: (form) => (
      <>
        <PasswordInput
          label="Password now"
          autoComplete="current-password"
          required
          {...form.getInputProps("current_password")}
        />
        <PasswordInput
          label="New password"
          autoComplete="new-password"
          required
          {...form.getInputProps("new_password")}
        />
      </>
    ),
    run: async (body) => {
      await askFor("/api/session/password", jsonBody(body));
      tellDone("Your password is changed.");
    },
  });
}

function Sessions({ sessions }: { sessions: readonly OwnSession[] }) {
  const queries = useQueryClient();
  const end = (id: string): void => {
    askFor(`/api/sessions/${id}`, { method: "DELETE" }).then(
      async () => {
        tellDone("The session is ended.");
        await queries.invalidateQueries({ queryKey: ["own-sessions"] });
      },
      (error: unknown) => tellProblem(error, "The session was not ended"),
    );
  };
  return (
    <ScrollRegion label="Own sessions">
      <Table>
        <caption className="floe-hidden">Where you are signed in</caption>
        <Table.Thead>
          <Table.Tr>
            {["Signed in from", "Browser", "Seen", "End it"].map((title) => (
              <Table.Th key={title}>{title}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sessions.map(({ session_id: id, current, address, user_agent: browser, last_seen_at: seen }) => (
            <Table.Tr key={id}>
              <Table.Td>{address.replace(/^::ffff:/, "")}</Table.Td>
              <Table.Td>
                <Tooltip label={browser} disabled={browser === null}>
                  <span>{browser === null ? "unknown" : nameOf(browser)}</span>
                </Tooltip>
              </Table.Td>
              <Table.Td>
                <Time at={seen} />
              </Table.Td>
              <Table.Td>
                {current ? (
                  "This one"
                ) : (
                  <Button size="compact-xs" variant="default" onClick={() => end(id)}>
                    End
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollRegion>
  );
}

/** What is no browser is named as it names itself. */
function nameOf(agent: string): string {
  return agent.startsWith("Mozilla/") ? browserName(agent) : agent;
}
