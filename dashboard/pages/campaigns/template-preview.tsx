import { useQuery } from "@tanstack/react-query";
import { answerOf } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { MessagePreview } from "../../parts/message-preview.js";
import { QueryState } from "../../parts/states.js";

/** What a recipient gets, with samples of the commonest variables. */
export function TemplatePreview({ template }: { template: string }) {
  const api = useApi();
  const query = useQuery({
    queryKey: ["templates", "preview", template],
    queryFn: ({ signal }) =>
      answerOf(
        api.POST("/api/templates/{template}/preview", {
          params: { path: { template } },
          body: { variables: { first_name: "Ann", email: "ann@example.com" } },
          signal,
        }),
      ),
    refetchInterval: false,
  });
  return <QueryState query={query}>{(shown) => <MessagePreview {...shown} />}</QueryState>;
}
