/* global document, fetch, confirm, setInterval, URLSearchParams */
const byId = (id) => document.getElementById(id);
const pageSize = 25;
const state = { offset: 0, search: "", open: null, tab: "html", message: null };

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

async function refresh() {
  const query = new URLSearchParams({ search: state.search, offset: state.offset, limit: pageSize });
  let page;
  try {
    page = await (await fetch("/api/messages?" + query)).json();
  } catch {
    byId("counts").textContent = "The inbox does not answer. Is Floe running?";
    return;
  }
  if (page.messages.length === 0 && state.offset > 0) {
    state.offset = 0;
    return refresh();
  }
  showCounts(page);
  showList(page);
}

function showCounts(page) {
  const repeated = page.accepted - page.unique;
  const parts = [page.accepted.toLocaleString() + " accepted"];
  if (repeated > 0) parts.push(repeated.toLocaleString() + " more than once");
  if (page.kept < page.accepted) parts.push("newest " + page.kept.toLocaleString() + " kept");
  byId("counts").textContent = parts.join(" · ");
  byId("clear").disabled = page.accepted === 0;
}

function showList(page) {
  byId("list").replaceChildren(...page.messages.map(row));
  const last = state.offset + page.messages.length;
  byId("range").textContent =
    page.total === 0 ? "" : state.offset + 1 + "–" + last + " of " + page.total.toLocaleString();
  byId("newer").disabled = state.offset === 0;
  byId("older").disabled = last >= page.total;
  byId("none").hidden = state.message !== null;
  byId("none-text").textContent =
    page.total > 0
      ? "Choose a message."
      : state.search
        ? "No message matches the search."
        : "No mail yet. What Floe sends on this machine arrives here.";
}

function row(message) {
  const item = element("li");
  const button = element("button");
  button.type = "button";
  button.setAttribute("aria-current", String(message.id === state.open));
  const time = element("time", new Date(message.receivedAt).toLocaleTimeString());
  time.dateTime = message.receivedAt;
  button.append(
    element("span", message.to, "cut"),
    time,
    element("span", message.subject || "(no subject)", "cut subject"),
  );
  button.addEventListener("click", () => open(message.id));
  item.append(button);
  return item;
}

async function open(id) {
  const answer = await fetch("/api/messages/" + id);
  if (!answer.ok) return refresh();
  state.open = id;
  state.message = await answer.json();
  if (state.tab === "html" && !state.message.hasHtml) state.tab = "text";
  byId("view").hidden = false;
  const { subject, from, to, receivedAt, bytes, attachments } = state.message;
  byId("about").querySelector("h2").textContent = subject || "(no subject)";
  const files = attachments.length > 0 ? " · " + attachments.length + " attached" : "";
  byId("about").querySelector("p").textContent =
    from +
    " → " +
    to +
    " · " +
    new Date(receivedAt).toLocaleString() +
    " · " +
    (bytes / 1000).toFixed(1) +
    " kB" +
    files;
  showBody();
  refresh();
}

async function showBody() {
  for (const tab of document.querySelectorAll("[role=tab]"))
    tab.setAttribute("aria-selected", String(tab.dataset.tab === state.tab));
  const path = "/api/messages/" + state.open;
  const body = byId("body");
  if (state.tab === "html") {
    const frame = element("iframe");
    frame.title = "The message";
    frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
    frame.src = path + "/html";
    body.replaceChildren(frame);
  } else if (state.tab === "headers") {
    const table = element("table");
    const envelope = state.message.envelope;
    const rows = [
      { name: "Envelope", value: envelope.from + " → " + envelope.to.join(", ") },
      ...state.message.headers,
    ];
    for (const { name, value } of rows) {
      const line = table.insertRow();
      line.append(element("th", name), element("td", value));
    }
    body.replaceChildren(table);
  } else {
    const text = state.tab === "text" ? state.message.text : await (await fetch(path + "/source")).text();
    body.replaceChildren(element("pre", text || "This message has no text part."));
  }
}

for (const tab of document.querySelectorAll("[role=tab]")) {
  tab.addEventListener("click", () => {
    state.tab = tab.dataset.tab;
    showBody();
  });
}
byId("search").addEventListener("input", (event) => {
  state.search = event.target.value;
  state.offset = 0;
  refresh();
});
byId("newer").addEventListener("click", () => {
  state.offset = Math.max(0, state.offset - pageSize);
  refresh();
});
byId("older").addEventListener("click", () => {
  state.offset += pageSize;
  refresh();
});
byId("clear").addEventListener("click", async () => {
  if (!confirm("Forget every message in this inbox? The ledger is not touched.")) return;
  await fetch("/api/messages", { method: "DELETE" });
  Object.assign(state, { offset: 0, open: null, message: null });
  byId("view").hidden = true;
  refresh();
});
refresh();
setInterval(() => {
  if (!document.hidden) refresh();
}, 2000);
