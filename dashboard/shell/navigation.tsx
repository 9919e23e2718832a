import { NavLink as Entry, ScrollArea, Stack, Text } from "@mantine/core";
import { useId } from "react";
import { Link, useLocation } from "react-router";
import { pageAt, pageGroups, pages, type PageDefinition } from "../app/pages.js";
import { refusalOf, useWho } from "../data/who.js";

/** Pages that the person may see, by group. */
export function usePages(): readonly PageDefinition[] {
  const who = useWho();
  return pages.filter(({ needs }) => refusalOf(who, needs) === null);
}

export function Navigation() {
  const shown = usePages();
  return (
    <ScrollArea h="100%" type="auto" scrollbarSize={8} viewportProps={{ tabIndex: -1 }}>
      <Stack gap="sm" p="sm">
        {pageGroups.map((group) => {
          const inGroup = shown.filter((page) => page.group === group);
          return inGroup.length === 0 ? null : <Group key={group} name={group} entries={inGroup} />;
        })}
      </Stack>
    </ScrollArea>
  );
}

function Group({ name, entries }: { name: string; entries: readonly PageDefinition[] }) {
  const id = useId();
  const open = pageAt(useLocation().pathname);
  return (
    <div role="group" aria-labelledby={id}>
      <Text id={id} size="xs" fw={600} c="var(--floe-quiet)" px="sm" pb={4}>
        {name}
      </Text>
      {entries.map(({ path, title, icon: Icon }) => {
        const isOpen = open?.path === path;
        return (
          <Entry
            key={path}
            component={Link}
            to={`/${path}`}
            label={title}
            leftSection={<Icon size={18} stroke={1.7} />}
            active={isOpen}
            aria-current={isOpen ? "page" : undefined}
            py={6}
            style={{ borderRadius: "var(--mantine-radius-md)" }}
          />
        );
      })}
    </div>
  );
}
