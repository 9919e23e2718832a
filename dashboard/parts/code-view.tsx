import { Box, Code, CopyButton, Button } from "@mantine/core";
import { ScrollRegion } from "./scroll-region.js";

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
      <ScrollRegion label={label} maxHeight={maxHeight}>
        <Code block w="max-content" miw="100%" style={{ overflow: "visible" }}>
          {text}
        </Code>
      </ScrollRegion>
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
