import { Checkbox, Table, Tooltip } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { IconLock } from "@tabler/icons-react";
import { useMay, useWho } from "../../data/who.js";
import { Panel } from "../../parts/panel.js";
import { ScrollRegion } from "../../parts/scroll-region.js";
import { QueryState } from "../../parts/states.js";
import { tellProblem } from "../../parts/telling.js";
import { preferencesQuery, type Kind, type Preference } from "./queries.js";

const channels = [
  ["email", "Email"],
  ["web_push", "Browsers"],
  ["mobile_push", "Phones"],
] as const;

/** Every kind by every channel; a box is saved when it is ticked. */
export function Matrix() {
  const { api } = useWho();
  const query = useQuery(preferencesQuery(api));
  return (
    <Panel title="What is sent to you">
      <QueryState query={query}>{(data) => <Boxes {...data} />}</QueryState>
    </Panel>
  );
}

function Boxes({ kinds, preferences }: { kinds: readonly Kind[]; preferences: readonly Preference[] }) {
  const { api } = useWho();
  const queries = useQueryClient();
  const may = useMay({ resource: "notifications", level: "self" });
  const choosing = useMutation({
    mutationFn: async ({ kind, channel, enabled }: Pick<Preference, "kind" | "channel" | "enabled">) => {
      const preferences = [{ kind: kind as never, channel, enabled }];
      await api.PUT("/api/notification-preferences", { body: { preferences } });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["notification-wishes", "preferences"] }),
    onError: (error) => tellProblem(error, "The choice was not saved"),
  });
  const underWay = choosing.isPending ? choosing.variables : undefined;
  return (
    <ScrollRegion label="What is sent to you">
      <Table verticalSpacing={6} horizontalSpacing={6}>
        <caption className="floe-hidden">Kinds of notifications, and by which channels they are sent</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>When</Table.Th>
            {channels.map(([channel, title]) => (
              <Table.Th key={channel} w={{ base: 60, sm: 90 }}>
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {kinds.map(({ kind, title }) => (
            <Table.Tr key={kind}>
              <Table.Th scope="row" fw={400}>
                {title}
              </Table.Th>
              {channels.map(([channel, name]) => {
                const found = preferences.find((one) => one.kind === kind && one.channel === channel);
                const isThis = underWay?.kind === kind && underWay.channel === channel;
                const checked = isThis ? underWay.enabled : (found?.enabled ?? false);
                return (
                  <Table.Td key={channel}>
                    {found?.mutable === false ? (
                      <Locked label={`${title}: ${name}`} />
                    ) : (
                      <Checkbox
                        aria-label={`${title}: ${name}`}
                        checked={checked}
                        disabled={!may}
                        onChange={(event) =>
                          choosing.mutate({ kind, channel, enabled: event.currentTarget.checked })
                        }
                      />
                    )}
                  </Table.Td>
                );
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollRegion>
  );
}

/** What is critical goes out whatever is chosen. */
function Locked({ label }: { label: string }) {
  return (
    <Tooltip label="It is critical, and cannot be muted.">
      <span role="img" aria-label={`${label}, always: it is critical and cannot be muted`}>
        <IconLock size={18} aria-hidden />
      </span>
    </Tooltip>
  );
}
