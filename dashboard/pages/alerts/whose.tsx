import { SegmentedControl } from "@mantine/core";
import { useSearchParams } from "react-router";
import type { ApiClient } from "../../data/client.js";
import { useMay, useWho } from "../../data/who.js";

/** Whose alerts are looked at: the tenant's that is open, or the platform's. */
export interface Whose {
  api: ApiClient;
  /** Of queries. */
  key: "tenant" | "platform";
  mayChange: boolean;
}

/** Kept in the address, so that a link leads to the same. */
export function useWhose(): Whose {
  const { api, platform } = useWho();
  const [params] = useSearchParams();
  const mayOwn = useMay({ resource: "alerts", level: "write" });
  const isAdmin = useMay({ resource: "alerts", level: "platform" });
  const isOfPlatform = isAdmin && params.get("of") === "platform";
  return isOfPlatform
    ? { api: platform, key: "platform", mayChange: true }
    : { api, key: "tenant", mayChange: mayOwn };
}

/** `?of=platform`, for links to what belongs to the same. */
export function searchOf({ key }: Whose): string {
  return key === "platform" ? "?of=platform" : "";
}

/** For admins; others see their tenant's alone. */
export function WhoseChoice() {
  const { tenantId } = useWho();
  const [params, setParams] = useSearchParams();
  const isAdmin = useMay({ resource: "alerts", level: "platform" });
  if (!isAdmin) return null;
  return (
    <SegmentedControl
      aria-label="Whose"
      value={params.get("of") === "platform" ? "platform" : "tenant"}
      data={[
        { value: "tenant", label: tenantId },
        { value: "platform", label: "Platform" },
      ]}
      onChange={(value) => setParams(value === "platform" ? { of: value } : {})}
    />
  );
}
