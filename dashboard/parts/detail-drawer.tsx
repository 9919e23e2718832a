import { Drawer, Group, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";
import { useAddress } from "../data/address.js";

export interface DetailDrawerProps {
  title: ReactNode;
  /** Of the list behind it. */
  backTo: string;
  badge?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** One row of a list, beside the list. It has an address of its own; closing it leads back with the list's filters. */
export function DetailDrawer({ title, backTo, badge, actions, children }: DetailDrawerProps) {
  const navigate = useNavigate();
  const { search, state } = useAddress();
  const close = (): void => void navigate({ pathname: backTo, search }, { state });
  return (
    <Drawer
      opened
      onClose={close}
      title={title}
      size="min(44rem, 100vw)"
      overlayProps={{ backgroundOpacity: 0.35 }}
    >
      <Stack>
        {(badge !== undefined || actions !== undefined) && (
          <Group justify="space-between">
            <Group gap="xs">{badge}</Group>
            <Group gap="xs">{actions}</Group>
          </Group>
        )}
        {children}
      </Stack>
    </Drawer>
  );
}
