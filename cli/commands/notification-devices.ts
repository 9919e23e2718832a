import { Command, Option } from "commander";
import { confirm } from "../confirm.js";
import { withFloe } from "../session.js";

interface UserOption {
  user: string;
}

/** Browsers and phones of somebody. A browser registers itself, in the dashboard. */
export function notificationDevicesCommand(): Command {
  const command = new Command("devices").description("browsers and phones that are written to");
  command
    .command("list")
    .description("oldest first")
    .requiredOption("-u, --user <user>", "whose")
    .action(
      withFloe(async (floe, output, { user }: UserOption) => {
        output.rows(
          await floe.notifications.devices({ user }),
          [
            { title: "DEVICE", value: (d) => d.deviceId },
            { title: "KIND", value: (d) => d.kind },
            { title: "NAME", value: (d) => d.name },
            { title: "SINCE", value: (d) => d.createdAt },
            { title: "LAST SENT", value: (d) => d.lastSentAt },
          ],
          "No devices. Browsers register in the dashboard, phones by: floe notifications devices add",
        );
      }),
    );

  command
    .command("add")
    .description("write to a phone, too")
    .argument("<token>", "as its application gets it from the provider")
    .requiredOption("-u, --user <user>", "whose")
    .requiredOption("-n, --name <name>", "as its owner knows it")
    .addOption(
      new Option("-k, --kind <kind>", "whose token it is").choices(["fcm", "apns"]).makeOptionMandatory(),
    )
    .action(
      withFloe(
        async (floe, output, token: string, given: UserOption & { name: string; kind: "fcm" | "apns" }) => {
          const device = await floe.notifications.registerDevice({ ...given, token });
          output.result(device, `Device ${device.deviceId} is written to.`);
        },
      ),
    );

  command
    .command("rename")
    .argument("<device>", "its id")
    .argument("<name>", "as its owner knows it")
    .description("call it something else")
    .requiredOption("-u, --user <user>", "whose")
    .action(
      withFloe(async (floe, output, deviceId: string, name: string, { user }: UserOption) => {
        const device = await floe.notifications.renameDevice({ user, deviceId, name });
        output.result(device, `Device ${deviceId} is called ${device.name}.`);
      }),
    );

  command
    .command("remove")
    .argument("<device>", "its id")
    .description("write to it no more")
    .requiredOption("-u, --user <user>", "whose")
    .option("-y, --yes", "do not ask")
    .action(
      withFloe(async (floe, output, deviceId: string, { user, yes }: UserOption & { yes?: boolean }) => {
        if (!(await confirm(`Write to device ${deviceId} no more?`, yes)))
          return output.note("Nothing was changed.");
        await floe.notifications.removeDevice({ user, deviceId });
        output.result({ deviceId, removed: true }, `Device ${deviceId} is written to no more.`);
      }),
    );
  return command;
}
