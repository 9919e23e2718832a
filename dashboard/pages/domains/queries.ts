import { queryOptions } from "@tanstack/react-query";
import { answerOf, type ApiClient } from "../../data/client.js";

export function domainsQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ["domains", "list"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/domains", { signal })),
  });
}

/** How each domain that was looked at stands in DNS. */
export function domainChecksQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ["domains", "checks"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/domain-checks", { signal })),
  });
}

/** What mailbox providers say of its mail; reports come once a day. */
export function dmarcQuery(api: ApiClient, domain: string) {
  return queryOptions({
    queryKey: ["domains", "dmarc", domain],
    refetchInterval: 60_000,
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/dmarc/domains/{domain}", { params: { path: { domain }, query: { days: 30 } }, signal }),
      ),
  });
}

/** With the DNS record that publishes it. */
export function domainQuery(api: ApiClient, domain: string, selector: string) {
  return queryOptions({
    queryKey: ["domains", "one", domain, selector],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/domains/{domain}/{selector}", { params: { path: { domain, selector } }, signal }),
      ),
  });
}
