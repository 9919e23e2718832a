/** Shows what Floe pushes to this browser, also when no page of it is open. Payloads: docs/notifications.md. */
const home = "/dashboard/notifications";

self.addEventListener("push", (event) => {
  const { title = "Floe", body = "", url = home, tag, urgent = false } = event.data ? event.data.json() : {};
  const shown = { body, tag, data: { url }, requireInteraction: urgent };
  event.waitUntil(self.registration.showNotification(title, shown));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.url ?? home));
});

/** In the page that is open, if there is one. */
async function open(url) {
  const [page] = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const { pathname } = new URL(url, self.location.origin);
  if (!page) return self.clients.openWindow(pathname);
  await page.focus();
  return page.navigate ? page.navigate(pathname).catch(() => undefined) : undefined;
}
