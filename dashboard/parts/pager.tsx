import { Button, Group, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconChevronsLeft } from "@tabler/icons-react";
import type { CursorPages } from "../data/cursor-pages.js";
import { count } from "./numbers.js";

export interface PagerProps {
  pages: CursorPages;
  next: string | null;
  rows: number;
  label: string;
}

/** From page to page of a list of any length: there is no last page to jump to, and no count that would have to read it all. */
export function Pager({ pages, next, rows, label }: PagerProps) {
  const isFirst = pages.cursor === undefined;
  if (isFirst && next === null) return null;
  const where = pages.number === null ? "" : `, page ${pages.number}`;
  return (
    <Group justify="space-between" component="nav" aria-label={`Pages of ${label}`}>
      <Text size="sm" c="var(--floe-quiet)" role="status">
        {count(rows)} rows{where}
      </Text>
      <Group gap="xs">
        {pages.number !== 2 && !isFirst && (
          <Button variant="default" leftSection={<IconChevronsLeft size={16} />} onClick={pages.toFirst}>
            First
          </Button>
        )}
        <Button
          variant="default"
          leftSection={<IconChevronLeft size={16} />}
          disabled={isFirst}
          onClick={pages.toPrevious}
        >
          Previous
        </Button>
        <Button
          variant="default"
          rightSection={<IconChevronRight size={16} />}
          disabled={next === null}
          onClick={() => next !== null && pages.toNext(next)}
        >
          Next
        </Button>
      </Group>
    </Group>
  );
}

/** Instead of rows: so many were looked at, none of them matches, and there are more. */
export function SearchGoesOn({ pages, next }: { pages: CursorPages; next: string }) {
  return (
    <Group gap="sm" py="lg" role="status">
      <Text c="var(--floe-quiet)">Nothing matches among those looked at so far; there are more.</Text>
      <Button variant="default" onClick={() => pages.toNext(next)}>
        Search on
      </Button>
    </Group>
  );
}
