import { ActionIcon, Indicator, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconBell } from "@tabler/icons-react";
import { Link } from "react-router";
import { answerOf } from "../data/client.js";
import { useMay, useWho } from "../data/who.js";

const mostShown = 99;

/** How many notifications the person has not read; told live. */
export function NotificationBell() {
  const { api, session } = useWho();
  const may = useMay({ resource: "notifications", level: "read" });
  const { data } = useQuery({
    queryKey: ["notifications", "unread"],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET("/api/notifications/unread", { params: { query: { user: session.user.user_id } }, signal }),
      ),
    enabled: may,
  });
  const unread = data?.unread ?? 0;
  const label = unread === 0 ? "Notifications: none unread" : `Notifications: ${unread} unread`;
  return (
    <Tooltip label={label}>
      <Indicator
        disabled={unread === 0}
        label={unread > mostShown ? `${mostShown}+` : String(unread)}
        size={16}
        offset={6}
        color="red.8"
        inline
      >
        <ActionIcon size="lg" component={Link} to="/notifications" aria-label={label}>
          <IconBell size={20} stroke={1.7} />
        </ActionIcon>
      </Indicator>
    </Tooltip>
  );
}
