import { AppShell, Burger, Group, Box } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { lazy, Suspense, useEffect } from "react";
import { Outlet, useLocation, useNavigation } from "react-router";
import { AccountMenu } from "./account-menu.js";
import { AwayBanner } from "./away-banner.js";
import { Brand } from "./brand.js";
import { ColorSchemeToggle } from "./color-scheme-toggle.js";
import { Navigation } from "./navigation.js";
import { NotificationBell } from "./notification-bell.js";
import { OpenProgress } from "./open-progress.js";
import { PaletteButton, usePalette } from "./palette-button.js";
import { SessionEnded } from "./session-ended.js";
import { TenantSwitcher } from "./tenant-switcher.js";
import { LoadingState } from "../parts/states.js";

const Palette = lazy(() => import("./palette.js"));

/** What stands around every page. */
export function Shell() {
  const [menuOpen, menu] = useDisclosure(false);
  const palette = usePalette();
  const { pathname } = useLocation();
  const { state } = useNavigation();
  useFocusOnPage(pathname);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- a page was opened: the menu of a phone has done its work
  useEffect(() => menu.close(), [pathname]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 232, breakpoint: "sm", collapsed: { mobile: !menuOpen } }}
      padding={{ base: "md", lg: "xl" }}
    >
      <a className="floe-skip" href="#content">
        Skip to the page
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" gap="sm" wrap="nowrap" justify="space-between">
          <Group gap="sm" wrap="nowrap" miw={0}>
            <Burger
              opened={menuOpen}
              onClick={menu.toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={menuOpen ? "Close the navigation" : "Open the navigation"}
              aria-expanded={menuOpen}
            />
            <Brand />
            <TenantSwitcher />
          </Group>
          <Group gap={4} wrap="nowrap" style={{ flexShrink: 0 }}>
            <PaletteButton onOpen={palette.open} />
            <NotificationBell />
            <ColorSchemeToggle />
            <AccountMenu />
          </Group>
        </Group>
        <OpenProgress busy={state !== "idle"} />
      </AppShell.Header>
      <AppShell.Navbar aria-label="Pages">
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <AwayBanner />
        <Box maw={1680} mx="auto">
          <Suspense fallback={<LoadingState />}>
            <Outlet />
          </Suspense>
        </Box>
      </AppShell.Main>
      {palette.wanted && (
        <Suspense fallback={null}>
          <Palette />
        </Suspense>
      )}
      <SessionEnded />
    </AppShell>
  );
}

/** A page that opens is told to a screen reader, and is where the next Tab goes on. */
function useFocusOnPage(pathname: string): void {
  useEffect(() => {
    const heading = document.querySelector<HTMLElement>("main h1");
    (heading ?? document.getElementById("content"))?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [pathname]);
}
