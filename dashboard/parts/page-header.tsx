import { Anchor, Breadcrumbs, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { useWho } from "../data/who.js";

export interface PageHeaderProps {
  title: string;
  /** One line below: what is seen here. */
  description?: ReactNode;
  /** From the page above; not this one. */
  trail?: readonly { title: string; to: string }[];
  /** Beside the title, such as a status. */
  badge?: ReactNode;
  /** The first is the one that most come for. */
  actions?: ReactNode;
}

/** The top of every page: where one is, the document's title, and what can be done. */
export function PageHeader({ title, description, trail = [], badge, actions }: PageHeaderProps) {
  const { tenantId } = useWho();
  useDocumentTitle([title, ...trail.map((above) => above.title).toReversed(), tenantId, "Floe"].join(" · "));
  return (
    <Group justify="space-between" align="flex-start" mb="lg" gap="sm">
      <Stack gap={4} miw={0}>
        {trail.length > 0 && (
          <Breadcrumbs component="nav" aria-label="Above this page">
            {trail.map((above) => (
              <Anchor key={above.to} component={Link} to={above.to} size="sm">
                {above.title}
              </Anchor>
            ))}
          </Breadcrumbs>
        )}
        <Group gap="sm">
          <Title order={1} size="h2" tabIndex={-1} style={{ overflowWrap: "anywhere" }}>
            {title}
          </Title>
          {badge}
        </Group>
        {description !== undefined && <Text c="var(--floe-quiet)">{description}</Text>}
      </Stack>
      {actions !== undefined && <Group gap="xs">{actions}</Group>}
    </Group>
  );
}
