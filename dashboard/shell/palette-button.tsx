import { ActionIcon, Tooltip } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { showShortcuts } from "./shortcuts.js";

export interface PaletteSwitch {
  /** True once it was asked for: it is not loaded before. */
  wanted: boolean;
  open: () => void;
}

/** The command palette, loaded when it is first asked for; from then on it opens by itself. */
export function usePalette(): PaletteSwitch {
  const [wanted, setWanted] = useState(false);
  const open = (): void => {
    setWanted(true);
    void import("./palette.js").then(({ openPalette }) => openPalette());
  };
  useHotkeys([
    ["mod+K", open],
    ["/", open],
    ["?", showShortcuts, { usePhysicalKeys: false }],
    ["shift+?", showShortcuts],
  ]);
  return { wanted, open };
}

export function PaletteButton({ onOpen }: { onOpen: () => void }) {
  const label = "Find a page or a command (Ctrl K)";
  return (
    <Tooltip label={label}>
      <ActionIcon size="lg" aria-label={label} onClick={onOpen}>
        <IconSearch size={20} stroke={1.7} />
      </ActionIcon>
    </Tooltip>
  );
}
