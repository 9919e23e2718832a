import "@mantine/spotlight/styles.css";
import { Spotlight, spotlight, type SpotlightActionData } from "@mantine/spotlight";
import { IconKeyboard, IconLogout, IconSearch } from "@tabler/icons-react";
import { useNavigate } from "react-router";
import { usePages } from "./navigation.js";
import { showShortcuts } from "./shortcuts.js";
import { leave } from "./sign-out.js";

export function openPalette(): void {
  spotlight.open();
}

/** Every page and command by name. */
export default function Palette() {
  const navigate = useNavigate();
  const shown = usePages();
  const actions: SpotlightActionData[] = [
    ...shown.map(({ path, title, description, icon: Icon }) => ({
      ...{ id: path || "overview", label: title, description, leftSection: <Icon size={20} stroke={1.7} /> },
      onClick: () => void navigate(`/${path}`),
    })),
    {
      ...{
        id: "shortcuts",
        label: "Keyboard shortcuts",
        leftSection: <IconKeyboard size={20} stroke={1.7} />,
      },
      onClick: showShortcuts,
    },
    {
      ...{ id: "sign-out", label: "Sign out", leftSection: <IconLogout size={20} stroke={1.7} /> },
      onClick: () => void leave(),
    },
  ];
  return (
    <Spotlight
      actions={actions}
      shortcut={null}
      highlightQuery
      scrollable
      nothingFound="No page or command has this in its name"
      searchProps={{
        leftSection: <IconSearch size={18} />,
        placeholder: "Go to a page, or do something",
        "aria-label": "Go to a page, or do something",
      }}
    />
  );
}
