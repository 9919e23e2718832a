import { Box, Code, CopyButton, Button } from "@mantine/core";

export interface CodeViewProps {
  /** A text as it is, anything else as JSON. */
  value: unknown;
  /** What it is, for a screen reader. */
  label: string;
  maxHeight?: number;
}

/** A text of a machine's, to read and to take along. */
export function CodeView({ value, label, maxHeight = 360 }: CodeViewProps) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return (
    <Box pos="relative">
      <div role="region" aria-label={label} tabIndex={0} style={{ overflow: "auto", maxHeight }}>
        <Code block>{text}</Code>
      </div>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button
            pos="absolute"
            top={6}
            right={6}
            size="compact-xs"
            variant="default"
            onClick={copy}
            aria-label={`Copy: ${label}`}
          >
            {copied ? "Copied" : "Copy"}
          </Button>
        )}
      </CopyButton>
    </Box>
  );
}
