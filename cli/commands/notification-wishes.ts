import { Command, Option } from "commander";
import type { Floe } from "../../client/connect.js";
import { channels, type Channel } from "../../domain/notification-kinds.js";
import { digests, type Digest } from "../../domain/notification-wishes.js";
import { InvalidInput } from "../../domain/errors.js";
import type { Output } from "../output.js";
import { withFloe } from "../session.js";

interface UserOption {
  user: string;
}

interface SettingsOptions extends UserOption {
  timeZone?: string;
  quiet?: string | false;
  digest?: Digest;
  digestAt?: string;
}

interface ChoiceOptions extends UserOption {
  on?: Channel[];
  off?: Channel[];
}

/** How somebody is told. */
export function notificationSettingsCommand(): Command {
  return new Command("settings")
    .description("quiet hours, digest and time zone of somebody; with options: change them")
    .requiredOption("-u, --user <user>", "whose")
    .option("--time-zone <zone>", "IANA name, such as Europe/Berlin")
    .option("--quiet <from-to>", "nothing but what is critical is sent then, such as 22:00-07:00")
    .option("--no-quiet", "no quiet hours")
    .addOption(new Option("--digest <digest>", "one email for what is not critical").choices(digests))
    .option("--digest-at <time>", "of a daily digest, such as 08:00")
    .action(
      withFloe(async (floe, output, { user, quiet, ...given }: SettingsOptions) => {
        const before = await floe.notifications.settings({ user });
        const [from = "", to = ""] = typeof quiet === "string" ? quiet.split("-") : [];
        const wished = {
          ...before,
          ...given,
          ...(typeof quiet === "string" && { quietHours: { from, to } }),
          ...(quiet === false && { quietHours: null }),
        };
        const asked = Object.keys(given).length > 0 || typeof quiet === "string" || quiet === false;
        const settings = asked ? await floe.notifications.saveSettings({ user, ...wished }) : before;
        const { quietHours, digest, digestAt, timeZone } = settings;
        output.result(
          settings,
          [
            `Quiet hours: ${quietHours ? `${quietHours.from} to ${quietHours.to}` : "none"}`,
            `Digest: ${digest}${digest === "daily" ? ` at ${digestAt}` : ""}`,
            `Time zone: ${timeZone ?? "that of Floe"}`,
          ].join("\n"),
        );
      }),
    );
}

/** By which channels. */
export function notificationPreferencesCommand(): Command {
  const channelList = (name: "on" | "off", description: string): Option =>
    new Option(`--${name} <channel...>`, description).choices(channels);
  return new Command("preferences")
    .description("by which channels each kind goes out to somebody; with a kind: choose")
    .argument("[kind]", "as `preferences` lists them")
    .requiredOption("-u, --user <user>", "whose")
    .addOption(channelList("on", "send it by these"))
    .addOption(channelList("off", "not by these; what is critical cannot be muted"))
    .action(
      withFloe(async (floe, output, kind: string | undefined, { user, on = [], off = [] }: ChoiceOptions) => {
        const chosen = [
          ...on.map((channel) => ({ channel, enabled: true })),
          ...off.map((channel) => ({ channel, enabled: false })),
        ];
        if (kind === undefined && chosen.length > 0)
          throw new InvalidInput([
            { field: "kind", problem: "is missing: --on and --off are of one, such as node.paused" },
          ]);
        const preferences =
          kind === undefined || chosen.length === 0
            ? await floe.notifications.preferences({ user })
            : await floe.notifications.savePreferences({
                user,
                preferences: chosen.map((choice) => ({ kind: kind as never, ...choice })),
              });
        showMatrix(kind === undefined ? preferences : preferences.filter((one) => one.kind === kind), output);
      }),
    );
}

type Preferences = Awaited<ReturnType<Floe["notifications"]["preferences"]>>;

function showMatrix(preferences: Preferences, output: Output): void {
  const kinds = [...new Set(preferences.map(({ kind }) => kind))].map((kind) => {
    const own = preferences.filter((one) => one.kind === kind);
    const of = (channel: Channel): string =>
      own.find((one) => one.channel === channel)?.enabled ? "yes" : "no";
    return { kind, email: of("email"), webPush: of("web_push"), mobilePush: of("mobile_push"), own };
  });
  output.rows(
    kinds,
    [
      { title: "KIND", value: (k) => k.kind },
      { title: "EMAIL", value: (k) => k.email },
      { title: "WEB PUSH", value: (k) => k.webPush },
      { title: "MOBILE PUSH", value: (k) => k.mobilePush },
      {
        title: "MUTABLE",
        value: (k) => (k.own.every(({ mutable }) => mutable) ? "yes" : "no, it is critical"),
      },
    ],
    "There is no such kind; floe notifications preferences has them.",
  );
}
