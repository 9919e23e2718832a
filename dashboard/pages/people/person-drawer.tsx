import { Button, Group, Select, Stack } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "react-router";
import { memberRoles, type MemberRole } from "../../../domain/access.js";
import { answerOf, type Answer } from "../../data/client.js";
import { useWho } from "../../data/who.js";
import { confirm } from "../../parts/confirm.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { Facts } from "../../parts/facts.js";
import { Panel } from "../../parts/panel.js";
import { showOnce } from "../../parts/shown-once.js";
import { QueryState } from "../../parts/states.js";
import { StatusBadge } from "../../parts/status-badge.js";
import { tellDone, tellProblem } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";
import { personQuery } from "./queries.js";

type Person = Answer<"users.get">;

export function PersonDrawer() {
  const { person = "" } = useParams();
  const { api, session } = useWho();
  const query = useQuery(personQuery(api, person));
  const found = query.data;
  return (
    <DetailDrawer
      title={found?.name ?? "…"}
      backTo="/people"
      badge={found && <StatusBadge status={found.disabled_at === null ? "active" : "disabled"} />}
    >
      <QueryState query={query}>
        {(value) => (
          <Stack>
            <Facts
              columns={2}
              facts={[
                ["Email", value.email],
                ["Second factor", value.totp ? "yes" : "no"],
                ["Last signed in", <Time key="seen" at={value.last_signed_in_at} otherwise="never" />],
                ["Created", <Time key="created" at={value.created_at} />],
              ]}
            />
            <Membership person={value} />
            {session.user.admin && <Account person={value} />}
          </Stack>
        )}
      </QueryState>
    </DetailDrawer>
  );
}

function useDone() {
  const queries = useQueryClient();
  return async (message: string): Promise<void> => {
    tellDone(message);
    await queries.invalidateQueries({ queryKey: ["people"] });
  };
}

/** What the person may do in the tenant that is open. */
function Membership({ person: { user_id: id, name, memberships } }: { person: Person }) {
  const { api, tenantId } = useWho();
  const navigate = useNavigate();
  const done = useDone();
  const role = memberships.find(({ tenant_id: of }) => of === tenantId)?.role;
  const path = { user_id: id };
  if (role === undefined) return null;
  const change = (next: MemberRole): void => {
    api.PUT("/api/users/{user_id}/membership", { params: { path }, body: { role: next } }).then(
      () => done(`${name} is ${next} now.`),
      (error: unknown) => tellProblem(error, "The role was not changed"),
    );
  };
  const remove = (): void =>
    confirm({
      title: `Remove ${name} from ${tenantId}?`,
      children: "They cannot open the tenant any more, at once. Their account stays.",
      action: "Remove",
      run: async () => {
        await api.DELETE("/api/users/{user_id}/membership", { params: { path } });
        void navigate("/people");
        await done(`${name} is removed.`);
      },
    });
  return (
    <Panel title={`In ${tenantId}`}>
      <Group align="flex-end">
        <Select
          label="Role"
          data={[...memberRoles]}
          value={role}
          allowDeselect={false}
          onChange={(value) => change(value as MemberRole)}
        />
        <Button variant="light" color="red" onClick={remove}>
          Remove from the tenant
        </Button>
      </Group>
    </Panel>
  );
}

/** What an admin does with the account itself. */
function Account({ person }: { person: Person }) {
  const { platform } = useWho();
  const done = useDone();
  const { user_id: id, name, disabled_at: disabled } = person;
  const params = { path: { user_id: id } };
  const verb = disabled === null ? "disable" : "enable";
  const steer = (): void =>
    confirm({
      title: verb === "disable" ? `Disable ${name}?` : `Enable ${name}?`,
      children:
        verb === "disable" ? "Every session ends, and nobody is let in as them." : "They may sign in again.",
      action: verb === "disable" ? "Disable" : "Enable",
      run: async () => {
        await platform.POST(`/api/users/{user_id}/${verb}`, { params });
        await done(`${name} is ${verb}d.`);
      },
    });
  const resetPassword = (): void =>
    confirm({
      title: `Reset the password of ${name}?`,
      children:
        "Every session ends. The new password is shown once, and is to be changed at the first sign-in.",
      action: "Reset the password",
      run: async () => {
        const { password } = await answerOf(platform.POST("/api/users/{user_id}/reset-password", { params }));
        showOnce(`New password of ${name}`, "password", password);
      },
    });
  const resetTotp = (): void =>
    confirm({
      title: `Take the second factor from ${name}?`,
      children: "For who lost it. Every session ends.",
      action: "Take it",
      run: async () => {
        await platform.POST("/api/users/{user_id}/reset-totp", { params });
        await done(`${name} has no second factor now.`);
      },
    });
  return (
    <>
      <Group gap="xs">
        <Button size="xs" variant="default" onClick={steer}>
          {verb === "disable" ? "Disable" : "Enable"}
        </Button>
        <Button size="xs" variant="default" onClick={resetPassword}>
          Reset the password
        </Button>
        {person.totp && (
          <Button size="xs" variant="default" onClick={resetTotp}>
            Take the second factor
          </Button>
        )}
      </Group>
      <Sessions person={person} />
    </>
  );
}

function Sessions({ person: { user_id: id, name } }: { person: Person }) {
  const { platform } = useWho();
  const done = useDone();
  const params = { path: { user_id: id } };
  const query = useQuery({
    queryKey: ["people", "sessions", id],
    queryFn: ({ signal }) => answerOf(platform.GET("/api/users/{user_id}/sessions", { params, signal })),
  });
  const signOut = (): void =>
    confirm({
      title: `Sign ${name} out everywhere?`,
      children: "Every session ends. They may sign in again.",
      action: "Sign out",
      run: async () => {
        await platform.DELETE("/api/users/{user_id}/sessions", { params });
        await done(`${name} is signed out.`);
      },
    });
  return (
    <Panel title="Signed in">
      <QueryState query={query}>
        {({ data }) =>
          data.length === 0 ? (
            "Nowhere."
          ) : (
            <Stack align="flex-start">
              <Facts
                facts={data.map((session) => [
                  `${session.address}, ${session.method}`,
                  <span key={session.session_id}>
                    {session.user_agent ?? "unknown browser"}, seen <Time at={session.last_seen_at} />
                  </span>,
                ])}
              />
              <Button size="xs" variant="default" onClick={signOut}>
                Sign out everywhere
              </Button>
            </Stack>
          )
        }
      </QueryState>
    </Panel>
  );
}
