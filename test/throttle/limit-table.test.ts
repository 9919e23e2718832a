import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Unavailable } from "../../domain/errors.js";
import type { Limit } from "../../domain/permits.js";
import { createLimitTable } from "../../throttle/limit-table.js";
import { limit } from "./factory.js";

const one = [limit("tenant", "a", { perDay: 1 })];
const two = [limit("tenant", "a", { perDay: 2 })];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function perDay(table: () => Promise<ReadonlyMap<string, Limit>>) {
  return (await table()).get("tenant:a")?.perDay;
}

describe("The table of limits", () => {
  test("is read once a second, however often it is asked for", async () => {
    let reads = 0;
    const table = createLimitTable(async () => (++reads > 1 ? two : one));
    expect(await Promise.all([perDay(table), perDay(table)])).toEqual([1, 1]);
    vi.advanceTimersByTime(1_000);
    expect(await perDay(table)).toBe(1);
    vi.advanceTimersByTime(1);
    expect(await perDay(table)).toBe(2);
    expect(reads).toBe(2);
  });

  test("is never begun without limits", async () => {
    let away = true;
    const table = createLimitTable(async () => {
      if (away) throw new Error("connection refused");
      return one;
    });
    await expect(table()).rejects.toBeInstanceOf(Unavailable);
    away = false;
    expect(await perDay(table)).toBe(1);
  });

  test("stays in force while Postgres is away, and follows when it is back", async () => {
    let answer: () => Promise<Limit[]> = async () => one;
    const table = createLimitTable(() => answer());
    await table();
    answer = () => Promise.reject(new Error("connection refused"));
    vi.advanceTimersByTime(60_000);
    expect(await perDay(table)).toBe(1);
    answer = async () => two;
    vi.advanceTimersByTime(1_001);
    expect(await perDay(table)).toBe(2);
  });

  test("makes nobody wait long for a Postgres that does not answer", async () => {
    let answer: () => Promise<Limit[]> = async () => one;
    const table = createLimitTable(() => answer());
    await table();
    answer = () => new Promise(() => undefined);
    vi.advanceTimersByTime(2_000);
    const waiting = perDay(table);
    await vi.advanceTimersByTimeAsync(250);
    expect(await waiting).toBe(1);
    expect(await perDay(table)).toBe(1);
  });
});
