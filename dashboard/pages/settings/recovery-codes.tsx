import { Alert, Button, Code, CopyButton, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconCopy, IconDownload } from "@tabler/icons-react";

/** The only time that they are told; each lets in once. */
export async function showRecoveryCodes(answer: Response): Promise<void> {
  const { recovery_codes: codes } = (await answer.json()) as { recovery_codes: string[] };
  modals.open({
    title: "Your recovery codes",
    closeOnClickOutside: false,
    closeButtonProps: { "aria-label": "Close" },
    children: <RecoveryCodes codes={codes} />,
  });
}

function RecoveryCodes({ codes }: { codes: string[] }) {
  const text = codes.join("\n");
  return (
    <Stack>
      <Alert color="orange" title="They are shown once">
        <Text size="sm">
          Keep them where you find them without your authenticator. Each lets you in once in its place.
        </Text>
      </Alert>
      <SimpleGrid cols={2} spacing="xs">
        {codes.map((code) => (
          <Code key={code}>{code}</Code>
        ))}
      </SimpleGrid>
      <Group gap="xs">
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy} leftSection={<IconCopy size={16} />}>
              {copied ? "Copied" : "Copy all"}
            </Button>
          )}
        </CopyButton>
        <Button
          variant="default"
          component="a"
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(`${text}\n`)}`}
          download="floe-recovery-codes.txt"
          leftSection={<IconDownload size={16} />}
        >
          Download
        </Button>
      </Group>
    </Stack>
  );
}
