import { beforeAll, expect, it } from "vitest";
import { google } from "../dmarc/samples.js";
import { createAudience } from "../support/world.js";
import { openDashboard, type Dashboard } from "./fixture.js";

let dashboard: Dashboard;
let tenantId: string;

beforeAll(async () => {
  dashboard = await openDashboard();
  ({ tenantId } = await createAudience(dashboard.world, { contacts: 1, domain: "domains.example" }));
  await dashboard.world.floe.dkimKeys.add({ tenantId, domain: "shop.example", selector: "s1" });
});

it("a domain without reports says what to publish; one that is uploaded shows what passes, and one that is none says why", async () => {
  const operator = await dashboard.person({ [tenantId]: "operator" });
  const { page, complaints, go } = await dashboard.open(operator);
  await go("/dashboard/domains/shop.example/s1");
  const drawer = page.getByRole("dialog", { name: "shop.example" });
  await drawer.getByText("rua=mailto:dmarc@shop.example").first().waitFor();
  const upload = (name: string, text: string) =>
    drawer
      .getByLabel("DMARC reports")
      .setInputFiles({ name, mimeType: "text/xml", buffer: Buffer.from(text) });
  await upload("other.xml", google({ domain: "elsewhere.example" }));
  await drawer.getByText("is none of your sender domains").first().waitFor();
  await upload("shop.xml", google({ domain: "shop.example" }));
  await drawer.getByText("203.0.113.9 sends as shop.example and passes neither").waitFor();
  await drawer
    .getByRole("table", { name: "Sources, failing ones first" })
    .getByText("2001:db8::25")
    .waitFor();
  expect(complaints).toEqual([]);
});
