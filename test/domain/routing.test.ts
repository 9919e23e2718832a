import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseRoute, overflowAfterMs, type RouteCandidate } from "../../domain/routing.js";

const now = 1_000_000;
const node = (over: Partial<RouteCandidate>): RouteCandidate => ({
  nodeId: "n1",
  provider: "internal",
  weight: 1,
  heldUntilMs: 0,
  assigned: 0,
  ...over,
});

describe("choosing a route", () => {
  it("shares messages by weight", () => {
    const nodes = [node({ nodeId: "a", weight: 3 }), node({ nodeId: "b", weight: 1 })];
    for (let i = 0; i < 400; i += 1) {
      const route = chooseRoute(nodes, "auto", now);
      if (route.kind !== "node") throw new Error("a free node was not chosen");
      const chosen = nodes.find(({ nodeId }) => nodeId === route.nodeId);
      if (chosen) chosen.assigned += 1;
    }
    expect(nodes.map(({ assigned }) => assigned)).toEqual([300, 100]);
  });

  it("waits for an own node that is held briefly and overflows to a relay when it is held for long", () => {
    const relay = node({ nodeId: "relay", provider: "ses" });
    const brief = [node({ heldUntilMs: now + 1_000 }), relay];
    expect(chooseRoute(brief, "auto", now)).toEqual({ kind: "wait", nodeId: "n1", untilMs: now + 1_000 });
    const long = [node({ heldUntilMs: now + overflowAfterMs + 1 }), relay];
    expect(chooseRoute(long, "auto", now)).toEqual({ kind: "node", nodeId: "relay" });
    expect(chooseRoute(long, "internal", now)).toMatchObject({ kind: "wait", nodeId: "n1" });
  });

  it("uses a relay for everything when the tenant chose it", () => {
    const nodes = [node({}), node({ nodeId: "relay", provider: "ses" })];
    expect(chooseRoute(nodes, "ses", now)).toEqual({ kind: "node", nodeId: "relay" });
    expect(chooseRoute([node({})], "ses", now)).toEqual({ kind: "none" });
  });

  it("never chooses a held node and always says when the first one is free", () => {
    const arbitrary = fc.array(
      fc.record({
        nodeId: fc.string({ minLength: 1 }),
        provider: fc.constantFrom("internal", "ses"),
        weight: fc.integer({ min: 1, max: 9 }),
        heldUntilMs: fc.integer({ min: now - 10_000, max: now + 10_000 }),
        assigned: fc.integer({ min: 0, max: 99 }),
      }),
    );
    fc.assert(
      fc.property(arbitrary, fc.constantFrom("auto", "internal", "ses"), (nodes, choice) => {
        const unique = [...new Map(nodes.map((n) => [n.nodeId, n])).values()];
        const route = chooseRoute(unique, choice, now);
        if (route.kind === "none") return;
        const chosen = unique.find(({ nodeId }) => nodeId === route.nodeId);
        expect(chosen).toBeDefined();
        if (route.kind === "node") expect(chosen?.heldUntilMs).toBeLessThanOrEqual(now);
        else expect(route.untilMs).toBeGreaterThan(now);
      }),
    );
  });
});
