import { SegmentedControl } from "@mantine/core";
import { useSearchParams } from "react-router";
import type { ApiClient } from "../../data/client.js";
import { useMay, useWho } from "../../data/who.js";

/** Whose warmups are looked at: the tenant's that is open, or everybody's, shared nodes included. */
export interface Whose {
  api: ApiClient;
  /** Of queries. */
  key: "tenant" | "platform";
  /** `?of=platform`, for links to what belongs to the same. */
  search: string;
}

/** Kept in the address, so that a link leads to the same. */
export function useWhose(): Whose {
  const { api, platform } = useWho();
  const [params] = useSearchParams();
  const isAdmin = useMay({ resource: "warmups", level: "platform" });
  return isAdmin && params.get("of") === "platform"
    ? { api: platform, key: "platform", search: "?of=platform" }
    : { api, key: "tenant", search: "" };
}

/** For admins; others see their tenant's alone. */
export function WhoseChoice() {
  const { tenantId } = useWho();
  const { key } = useWhose();
  const [, setParams] = useSearchParams();
  const isAdmin = useMay({ resource: "warmups", level: "platform" });
  if (!isAdmin) return null;
  return (
    <SegmentedControl
      aria-label="Whose"
      value={key}
      data={[
        { value: "tenant", label: tenantId },
        { value: "platform", label: "Everybody’s" },
      ]}
      onChange={(value) => setParams(value === "platform" ? { of: value } : {})}
    />
  );
}
