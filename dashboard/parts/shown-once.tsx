import { Alert, Stack, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { Copyable } from "./copyable.js";

/** A secret that the API tells once: the person takes it along now. */
export function showOnce(title: string, label: string, secret: string): void {
  modals.open({
    title,
    closeOnClickOutside: false,
    closeButtonProps: { "aria-label": "Close" },
    children: (
      <Stack>
        <Alert color="orange" title="It is shown once">
          <Text size="sm">Copy it now: nobody can see it again after this dialog is closed.</Text>
        </Alert>
        <Copyable value={secret} label={label} />
      </Stack>
    ),
  });
}
