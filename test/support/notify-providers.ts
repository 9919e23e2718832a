import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startApnsServer, type ApnsServer } from "./apns-server.js";
import { startFaultSmtp, type FaultSmtp } from "./fault-smtp.js";
import { startFcmServer, type FcmServer } from "./fcm-server.js";
import { startPushService, type PushService } from "./push-service.js";

/** Servers that speak the protocols of those who carry notifications, and what makes a process write to them. */
export interface NotifyProviders {
  mail: FaultSmtp;
  browsers: PushService;
  fcm: FcmServer;
  apns: ApnsServer;
  environment: Record<string, string>;
  close(): Promise<void>;
}

export async function startNotifyProviders(): Promise<NotifyProviders> {
  const folder = await mkdtemp(join(tmpdir(), "floe-notify-"));
  const [mail, browsers, fcm, apns] = await Promise.all([
    startFaultSmtp({ keepBodies: true }),
    ...([startPushService(), startFcmServer(), startApnsServer()] as const),
  ]);
  const file = async (name: string, content: string | Buffer): Promise<string> => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const { projectId, clientEmail, privateKey, tokenUri } = fcm.account;
  const account = {
    ...{ project_id: projectId, client_email: clientEmail, private_key: privateKey, token_uri: tokenUri },
  };
  const environment = {
    NOTIFY_FROM: "floe@ops.example",
    NOTIFY_SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
    WEB_PUSH_PRIVATE: "true",
    FCM_SERVICE_ACCOUNT: await file("account.json", JSON.stringify(account)),
    FCM_URL: fcm.url,
    APNS_KEY: await file("signing.p8", apns.signing.privateKey),
    APNS_KEY_ID: apns.signing.keyId,
    APNS_TEAM_ID: apns.signing.teamId,
    APNS_TOPIC: apns.signing.topic,
    APNS_URL: apns.url,
    NOTIFY_TLS_CA: await file("authority.pem", apns.ca),
  };
  return {
    ...{ mail, browsers, fcm, apns, environment },
    async close() {
      await Promise.all([mail.close(), browsers.close(), fcm.close(), apns.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
