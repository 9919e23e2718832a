import { Badge, Button, Group, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMay, useWho } from "../../data/who.js";
import { browserName } from "../../parts/browser-name.js";
import { confirm } from "../../parts/confirm.js";
import { openForm } from "../../parts/form-dialog.js";
import { Panel } from "../../parts/panel.js";
import { PlainTable } from "../../parts/plain-table.js";
import { QueryState } from "../../parts/states.js";
import { tellDone, tellProblem } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";
import { devicesQuery, type Device } from "./queries.js";
import { forgetThisBrowser, registerThisBrowser, thisDeviceId, whyNot } from "./this-browser.js";

const kinds: Record<Device["kind"], string> = { web: "browser", fcm: "Android", apns: "iPhone" };

/** Browsers and phones that are written to. */
export function Devices() {
  const { api } = useWho();
  const query = useQuery(devicesQuery(api));
  const may = useMay({ resource: "notifications", level: "self" });
  return (
    <Panel title="Devices" aside={may && <RegisterButton devices={query.data?.data ?? []} />}>
      <QueryState query={query}>
        {({ data }) => (data.length === 0 ? <NoDevices /> : <DeviceTable devices={data} mayChange={may} />)}
      </QueryState>
    </Panel>
  );
}

function NoDevices() {
  return (
    <Text size="sm" c="var(--floe-quiet)">
      Nothing is pushed yet. Register this browser, and it shows notifications also when no page of Floe is
      open.
    </Text>
  );
}

function useDone() {
  const queries = useQueryClient();
  return async (message: string): Promise<void> => {
    tellDone(message);
    await queries.invalidateQueries({ queryKey: ["notification-wishes"] });
  };
}

function RegisterButton({ devices }: { devices: readonly Device[] }) {
  const { api } = useWho();
  const done = useDone();
  const refused = whyNot();
  if (devices.some(({ device_id: id }) => id === thisDeviceId())) return null;
  const register = (): void =>
    openForm({
      title: "Register this browser",
      about: "It asks you whether it may show notifications of this page.",
      action: "Register",
      initial: { name: browserName(navigator.userAgent) },
      fields: (form) => <TextInput label="Name" required maxLength={100} {...form.getInputProps("name")} />,
      run: async ({ name }) => {
        await registerThisBrowser(api, name);
        await done("This browser is written to.");
      },
    });
  return (
    <Tooltip label={refused} disabled={refused === null} multiline maw={320}>
      <Button
        size="xs"
        variant="default"
        data-disabled={refused !== null || undefined}
        onClick={refused === null ? register : (event) => event.preventDefault()}
      >
        Register this browser
      </Button>
    </Tooltip>
  );
}

function DeviceTable({ devices, mayChange }: { devices: readonly Device[]; mayChange: boolean }) {
  return (
    <PlainTable
      label="Devices"
      rows={devices}
      rowId={({ device_id: id }) => id}
      columns={[
        {
          id: "name",
          title: "Name",
          cell: ({ name, kind, device_id: id }) => (
            <Group gap="xs">
              <Stack gap={0}>
                {name}
                <Text size="xs" c="var(--floe-quiet)">
                  {kinds[kind]}
                </Text>
              </Stack>
              {id === thisDeviceId() && (
                <Badge variant="default" size="sm" tt="none">
                  this browser
                </Badge>
              )}
            </Group>
          ),
        },
        {
          id: "sent",
          title: "Last sent",
          cell: ({ last_sent_at: at }) => <Time at={at} otherwise="never" />,
        },
        ...(mayChange
          ? [{ id: "change", title: "Change", cell: (device: Device) => <DeviceActions device={device} /> }]
          : []),
      ]}
    />
  );
}

function DeviceActions({ device }: { device: Device }) {
  const { api } = useWho();
  const done = useDone();
  const params = { path: { device_id: device.device_id } };
  const rename = (): void =>
    openForm({
      title: `Rename ${device.name}`,
      action: "Rename",
      initial: { name: device.name },
      fields: (form) => <TextInput label="Name" required maxLength={100} {...form.getInputProps("name")} />,
      run: async (body) => {
        await api.PATCH("/api/notification-devices/{device_id}", { params, body });
        await done("The device is renamed.");
      },
    });
  const remove = (): void =>
    confirm({
      title: `Remove ${device.name}?`,
      children: "It is written to no more. What it shows already stays.",
      action: "Remove",
      run: async () => {
        await api.DELETE("/api/notification-devices/{device_id}", { params });
        if (device.device_id === thisDeviceId()) await forgetThisBrowser();
        await done("The device is removed.");
      },
    });
  return (
    <Group gap={4}>
      <Button size="compact-xs" variant="default" aria-label={`Rename ${device.name}`} onClick={rename}>
        Rename
      </Button>
      <Button size="compact-xs" variant="default" aria-label={`Remove ${device.name}`} onClick={remove}>
        Remove
      </Button>
    </Group>
  );
}

const tests = [
  ["email", "By email"],
  ["web_push", "To browsers"],
  ["mobile_push", "To phones"],
] as const;

/** Sends one to see whether it arrives, whatever was chosen. */
export function Tests() {
  const { api } = useWho();
  const done = useDone();
  const send = (channel: (typeof tests)[number][0]): void => {
    api.POST("/api/notifications/test", { body: { channel } }).then(
      () => done("A test is under way; what becomes of it is among your notifications."),
      (error: unknown) => tellProblem(error, "No test was sent"),
    );
  };
  return (
    <Panel title="Tests">
      <Stack gap="sm">
        <Text size="sm">
          A test goes by one channel, whatever you chose. It is not held back by quiet hours.
        </Text>
        <Group gap="xs">
          {tests.map(([channel, title]) => (
            <Button key={channel} size="xs" variant="default" onClick={() => send(channel)}>
              {title}
            </Button>
          ))}
        </Group>
      </Stack>
    </Panel>
  );
}
