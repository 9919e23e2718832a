import { describe, expect, test } from "vitest";
import { engines, parseOptions } from "../../bench/options.js";
import { quantile } from "../../bench/quantile.js";
import { ConfigInvalid } from "../../domain/errors.js";

describe("the benchmark's options", () => {
  test("compares all engines when nothing is asked for", () => {
    expect(parseOptions([])).toMatchObject({ parts: ["engines"], engines, recipients: null, rounds: null });
  });

  test("runs what is asked for, and everything with --all", () => {
    expect(parseOptions(["--sizes", "--latency"])?.parts).toEqual(["sizes", "latency"]);
    expect(parseOptions(["--all"])?.parts).toContain("engines");
    expect(parseOptions(["--only", "limit", "--only", "floe"])?.engines).toEqual(["floe", "limit"]);
  });

  test("names every mistake at once", () => {
    const parse = () => parseOptions(["--rounds", "0", "--only", "sendmail", "--senders", "many"]);
    expect(parse).toThrow(ConfigInvalid);
    expect(parse).toThrow(/--rounds.*1 to 20/);
    expect(parse).toThrow(/--only.*floe-nodemailer/);
    expect(parse).toThrow(/--senders/);
  });

  test("refuses what it does not know", () => {
    expect(() => parseOptions(["--fast"])).toThrow(ConfigInvalid);
  });

  test("gives way to the help", () => {
    expect(parseOptions(["--help", "--rounds", "7"])).toBeNull();
  });
});

describe("quantiles", () => {
  test("are values of their own, by nearest rank", () => {
    const values = Array.from({ length: 200 }, (_, no) => 200 - no);
    expect(quantile(values, 0.5)).toBe(100);
    expect(quantile(values, 0.99)).toBe(198);
    expect(quantile([7], 0.99)).toBe(7);
  });
});
