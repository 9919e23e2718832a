import { Button, FileButton, Group, Paper, Stack, Text } from "@mantine/core";
import { IconFileSpreadsheet, IconUpload } from "@tabler/icons-react";
import { useState, type DragEvent } from "react";
import { bytes } from "../../parts/numbers.js";

export interface FileDropProps {
  file: File | null;
  onFile: (file: File) => void;
}

/** A file, dropped here or chosen. */
export function FileDrop({ file, onFile }: FileDropProps) {
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const dropped = event.dataTransfer.files.item(0);
    if (dropped) onFile(dropped);
  };
  return (
    <Paper
      withBorder
      p="lg"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      style={{ borderStyle: "dashed", borderColor: over ? "var(--mantine-primary-color-filled)" : undefined }}
    >
      <Stack align="center" gap="xs">
        {file ? (
          <Group gap="xs">
            <IconFileSpreadsheet size={20} aria-hidden />
            <Text fw={600} style={{ overflowWrap: "anywhere" }}>
              {file.name}
            </Text>
            <Text c="var(--floe-quiet)">{bytes(file.size)}</Text>
          </Group>
        ) : (
          <Text c="var(--floe-quiet)" ta="center">
            Drop a CSV file here, alone or in gzip or zip, or
          </Text>
        )}
        <FileButton
          onChange={(chosen) => chosen && onFile(chosen)}
          accept=".csv,.tsv,.txt,.gz,.zip,text/csv"
          inputProps={{ "aria-label": "File" }}
        >
          {(props) => (
            <Button variant="default" leftSection={<IconUpload size={16} />} {...props}>
              {file ? "Choose another file" : "Choose a file"}
            </Button>
          )}
        </FileButton>
      </Stack>
    </Paper>
  );
}
