import { SegmentedControl, Group, Stack, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { CodeView } from "./code-view.js";

export interface MessagePreviewProps {
  subject: string;
  html: string;
  text: string;
}

const widths = { desktop: "100%", phone: "375px" } as const;
type Look = keyof typeof widths | "text";

/** A message as somebody gets it: on a desk, on a phone, or without html. */
export function MessagePreview({ subject, html, text }: MessagePreviewProps) {
  const [look, setLook] = useState<Look>("desktop");
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="xs">
        <Text fw={600} style={{ overflowWrap: "anywhere" }}>
          {subject}
        </Text>
        <SegmentedControl
          size="xs"
          aria-label="How the preview looks"
          value={look}
          onChange={(value) => setLook(value)}
          data={[
            { value: "desktop", label: "Desktop" },
            { value: "phone", label: "Phone" },
            { value: "text", label: "Text" },
          ]}
        />
      </Group>
      {look === "text" ? (
        <CodeView value={text} label="Text of the message" maxHeight={440} />
      ) : (
        <Frame html={html} width={widths[look]} />
      )}
    </Stack>
  );
}

/** A document of the API's, of no origin and with a policy of its own, which shows what it is told. */
function Frame({ html, width }: { html: string; width: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  // Its origin is none, so no address can be named; it shows the message to nobody else.
  const show = (): void => frame.current?.contentWindow?.postMessage(html, "*");
  useEffect(show, [html]);
  return (
    <iframe
      ref={frame}
      src="/dashboard/preview-frame"
      title="Preview of the message"
      sandbox="allow-scripts"
      onLoad={show}
      style={{
        width,
        maxWidth: "100%",
        height: 440,
        margin: "0 auto",
        border: "1px solid var(--floe-line)",
        borderRadius: 8,
        background: "white",
        colorScheme: "light",
      }}
    />
  );
}
