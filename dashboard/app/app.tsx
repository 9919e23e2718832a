import { MantineProvider } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import { Notifications } from "@mantine/notifications";
import { RouterProvider } from "react-router/dom";
import { Door } from "../shell/door.js";
import { createRouter } from "./router.js";
import { readableColors, theme } from "./theme.js";

const router = createRouter();

export function App({ nonce }: { nonce: string | undefined }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={readableColors}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce ?? ""}
    >
      <Notifications position="bottom-right" limit={4} />
      <Door>
        <ModalsProvider>
          <RouterProvider router={router} />
        </ModalsProvider>
      </Door>
    </MantineProvider>
  );
}
