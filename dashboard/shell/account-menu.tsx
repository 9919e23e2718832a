import { ActionIcon, Menu, Text } from "@mantine/core";
import { IconKeyboard, IconLogout, IconLock, IconUserCircle } from "@tabler/icons-react";
import { useWho } from "../data/who.js";
import { showShortcuts } from "./shortcuts.js";
import { leave } from "./sign-out.js";

/** Who is signed in, and what they can do about it. */
export function AccountMenu() {
  const { session, role, tenantId } = useWho();
  const { name, email, admin } = session.user;
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <ActionIcon size="lg" aria-label={`Account of ${name}`}>
          <IconUserCircle size={22} stroke={1.7} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" fw={600} c="var(--mantine-color-text)" truncate>
            {name}
          </Text>
          <Text size="xs" truncate>
            {email}
          </Text>
          <Text size="xs">{admin ? "Admin of the platform" : `${role} of ${tenantId}`}</Text>
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item component="a" href="/sign-in" leftSection={<IconLock size={16} />}>
          Change the password
        </Menu.Item>
        <Menu.Item leftSection={<IconKeyboard size={16} />} onClick={showShortcuts}>
          Keyboard shortcuts
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void leave()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
