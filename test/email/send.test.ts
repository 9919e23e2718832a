import { beforeAll, describe, expect, it } from "vitest";
import { createAudience, startWorld, type World } from "../support/world.js";

let world: World;
let tenantId: string;

beforeAll(async () => {
  world = await startWorld();
  ({ tenantId } = await createAudience(world, { contacts: 0, domain: "unused.example" }));
});

function messagesTo(address: string) {
  return world.smtp.messages.filter(({ to }) => to.includes(address));
}

describe("a single email", () => {
  it("of a template is rendered with its variables, sent once and accounted for", async () => {
    const { floe } = world;
    const sent = await floe.emails.send({
      tenantId,
      recipient: "Ann@One.example",
      template: "hello",
      variables: { first_name: "Ann" },
      fromEmail: "shop@example.com",
      fromName: "Shop",
    });
    expect(sent).toMatchObject({ tenantId, created: true });
    const email = await floe.emails.wait(sent);
    expect(email).toMatchObject({
      status: "sent",
      lane: "priority-high",
      recipients: [{ kind: "to", email: "ann@one.example", status: "sent", attempts: 1, replyCode: 250 }],
    });
    expect(messagesTo("ann@one.example")).toHaveLength(1);
    const [{ body = "" } = {}] = messagesTo("ann@one.example");
    expect(body).toContain("Subject: Hello Ann");
  });
});
