import { Group, Kbd, Stack, Text } from "@mantine/core";
import { modals } from "@mantine/modals";

const shortcuts: [keys: string[], meaning: string][] = [
  [["Ctrl", "K"], "Find a page or a command; also /"],
  [["?"], "This list"],
  [["J"], "Next row of a table"],
  [["K"], "Row before"],
  [["Enter"], "Open the row"],
  [["X"], "Select the row"],
  [["Esc"], "Close a dialog, a drawer or a menu"],
];

export function showShortcuts(): void {
  modals.open({
    title: "Keyboard shortcuts",
    children: (
      <Stack gap="xs">
        {shortcuts.map(([keys, meaning]) => (
          <Group key={meaning} justify="space-between" wrap="nowrap">
            <Text size="sm">{meaning}</Text>
            <Group gap={4} wrap="nowrap">
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </Group>
          </Group>
        ))}
      </Stack>
    ),
  });
}
