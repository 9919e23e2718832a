import { useQuery } from "@tanstack/react-query";
import { answerOf } from "../../data/client.js";
import { useWho } from "../../data/who.js";
import { CodeView } from "../../parts/code-view.js";
import { PageHeader } from "../../parts/page-header.js";
import { QueryState } from "../../parts/states.js";

export function OverviewPage() {
  const { api } = useWho();
  const query = useQuery({
    queryKey: ["queues", "stats"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/queues/stats", { signal })),
  });
  return (
    <>
      <PageHeader title="Overview" description="What runs, waits and failed." />
      <QueryState query={query}>{(stats) => <CodeView value={stats} label="Queues" />}</QueryState>
    </>
  );
}
