import { answerOf, type ApiClient } from "../../data/client.js";

/** Which of the devices this browser is; kept here, because a subscription does not tell. */
const remembered = "floe-push-device";

/** Why this browser cannot be written to, as a sentence; null when it can. */
export function whyNot(): string | null {
  if (!window.isSecureContext) return "Browsers take pushes only from pages with https.";
  if (!("serviceWorker" in navigator) || !("PushManager" in window))
    return "This browser takes no pushes. On an iPhone, add Floe to the home screen first.";
  if (Notification.permission === "denied")
    return "This browser was told not to show notifications of this page; change it in the page's settings.";
  return null;
}

export function thisDeviceId(): string | null {
  return localStorage.getItem(remembered);
}

/** Asks the person, subscribes, and has Floe write to it. @throws Error with a sentence; ApiProblem */
export async function registerThisBrowser(api: ApiClient, name: string): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted")
    throw new Error("Notifications of this page were not allowed.");
  const { public_key: key } = await answerOf(api.GET("/api/web-push-key"));
  await navigator.serviceWorker.register("/dashboard/push-worker.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  const subscription = await subscribe(pushManager, key);
  const { endpoint = "", keys } = subscription.toJSON();
  const body = {
    ...{ kind: "web" as const, name },
    subscription: { endpoint, keys: { p256dh: keys?.["p256dh"] ?? "", auth: keys?.["auth"] ?? "" } },
  };
  const device = await answerOf(api.POST("/api/notification-devices", { body }));
  localStorage.setItem(remembered, device.device_id);
}

/** One that was made with another key is of no use any more. */
async function subscribe(manager: PushManager, key: string): Promise<PushSubscription> {
  const asked = { userVisibleOnly: true, applicationServerKey: key };
  try {
    return await manager.subscribe(asked);
  } catch (error) {
    const old = await manager.getSubscription();
    if (!old) throw new Error("The browser's push service could not be reached.", { cause: error });
    await old.unsubscribe();
    return manager.subscribe(asked);
  }
}

/** Also as the browser sees it. */
export async function forgetThisBrowser(): Promise<void> {
  localStorage.removeItem(remembered);
  const registration = await navigator.serviceWorker?.getRegistration("/dashboard/");
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
}
