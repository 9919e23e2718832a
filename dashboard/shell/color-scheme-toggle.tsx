import { ActionIcon, Tooltip, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { IconDeviceDesktop, IconMoon, IconSun } from "@tabler/icons-react";

const next: Record<MantineColorScheme, MantineColorScheme> = { auto: "light", light: "dark", dark: "auto" };
const icons = { auto: IconDeviceDesktop, light: IconSun, dark: IconMoon };
const names = { auto: "as the system", light: "light", dark: "dark" };

export function ColorSchemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Icon = icons[colorScheme];
  const label = `Colours: ${names[colorScheme]}. Change to ${names[next[colorScheme]]}`;
  return (
    <Tooltip label={label}>
      <ActionIcon size="lg" aria-label={label} onClick={() => setColorScheme(next[colorScheme])}>
        <Icon size={20} stroke={1.7} />
      </ActionIcon>
    </Tooltip>
  );
}
