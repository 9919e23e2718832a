import { Switch } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { confirm } from "../../parts/confirm.js";
import { Panel } from "../../parts/panel.js";
import { QueryState } from "../../parts/states.js";
import { tellDone } from "../../parts/telling.js";

/** Whether the tenant is open only to who showed a second factor. */
export function TotpPolicy() {
  const api = useApi();
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: ["totp-policy"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/totp-policy", { signal })),
  });
  const set = (required: boolean): void =>
    confirm({
      title: required ? "Require a second factor?" : "Let people in without a second factor?",
      children: required
        ? "Whoever has not shown a code of TOTP cannot open this tenant, from now on. API keys go on."
        : "A password alone opens this tenant again.",
      action: required ? "Require it" : "Let them in",
      color: required ? "blue" : "red",
      run: async () => {
        await api.PUT("/api/totp-policy", { body: { required } });
        tellDone(required ? "A second factor is required." : "A second factor is not required any more.");
        await queries.invalidateQueries({ queryKey: ["totp-policy"] });
      },
    });
  return (
    <Panel title="Second factor">
      <QueryState query={query}>
        {({ required }) => (
          <Switch
            label="Only people who showed a code of TOTP may open this tenant"
            checked={required}
            onChange={(event) => set(event.currentTarget.checked)}
          />
        )}
      </QueryState>
    </Panel>
  );
}
