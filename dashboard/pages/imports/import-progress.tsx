import { Progress, Stack, Text } from "@mantine/core";
import { bytes, count, shareOf } from "../../parts/numbers.js";
import type { Import } from "./queries.js";

/** By bytes: how many rows a file has is known when all of it was read. */
export function ImportProgress({ row }: { row: Import }) {
  const { processed_bytes: done, total_bytes: total, rows_read: rows } = row;
  const of = row.status === "completed" ? 100 : total === null || total === 0 ? 0 : (done / total) * 100;
  return (
    <Stack gap={2} miw={140}>
      <Progress
        size="sm"
        value={of}
        color={row.status === "failed" ? "red" : "green"}
        aria-label="Read of the file"
      />
      <Text size="xs" className="floe-number">
        {count(rows)} rows
        {total !== null &&
          `, ${shareOf(row.status === "completed" ? total : done, total)} of ${bytes(total)}`}
      </Text>
    </Stack>
  );
}
