import { z } from "zod";
import { ConfigInvalid } from "../../domain/errors.js";

/** Servers that the environment names, to be used instead of the embedded ones. */
export interface ExternalServers {
  databaseUrl?: string;
  /** True: `REDIS_URL` or `REDIS_HOST` is set. */
  redis: boolean;
  temporal: boolean;
  smtp?: SmtpServer;
  secret?: string;
  publicUrl?: string;
}

/** Where the demo's mail goes. */
export interface SmtpServer {
  host: string;
  port: number;
  secure: boolean;
  username: string | null;
  password: string | null;
}

const smtpUrl = z
  .string()
  .refine((value) => URL.canParse(value) && /^smtps?:$/.test(new URL(value).protocol), {
    error:
      "must be smtp://host:port or smtps://host:port, with user:password@ before the host where it needs them",
    abort: true,
  })
  .transform((value): SmtpServer => {
    const url = new URL(value);
    const secure = url.protocol === "smtps:";
    return {
      host: url.hostname,
      port: url.port === "" ? (secure ? 465 : 587) : Number(url.port),
      secure,
      username: url.username === "" ? null : decodeURIComponent(url.username),
      password: url.password === "" ? null : decodeURIComponent(url.password),
    };
  });

/** @throws ConfigInvalid */
export function externalServers(env: NodeJS.ProcessEnv): ExternalServers {
  const set = (name: string): string | undefined => env[name] || undefined;
  const smtp = smtpUrl.optional().safeParse(set("SMTP_URL"));
  if (!smtp.success) {
    throw new ConfigInvalid(
      smtp.error.issues.map((issue) => ({ field: "SMTP_URL", problem: issue.message })),
    );
  }
  const databaseUrl = set("DATABASE_URL");
  const secret = set("FLOE_SECRET");
  const publicUrl = set("PUBLIC_URL");
  return {
    redis: set("REDIS_URL") !== undefined || set("REDIS_HOST") !== undefined,
    temporal: set("TEMPORAL_ADDRESS") !== undefined,
    ...(databaseUrl !== undefined && { databaseUrl }),
    ...(smtp.data && { smtp: smtp.data }),
    ...(secret !== undefined && { secret }),
    ...(publicUrl !== undefined && { publicUrl }),
  };
}
