import type { AbTest, AbTestCatalog } from "../db/ab-tests.js";
import { abTestHasEnded } from "../domain/ab-test.js";
import {
  chooseVariant,
  rateOf,
  type Choice,
  type Rate,
  type VariantFigures,
} from "../domain/ab-test-choice.js";
import { Conflict, InvalidInput } from "../domain/errors.js";
import { cancelSignal, pauseSignal, resumeSignal } from "../workflows/campaign-messages.js";
import {
  abTestRefSchema,
  abTestReplacementSchema,
  abTestSchema,
  abTestsSchema,
  pickSchema,
  startAbTestSchema,
  toNewAbTest,
  type AbTestInput,
  type AbTestRef,
  type AbTestReplacement,
  type AbTestsQuery,
  type PickInput,
  type StartAbTest,
} from "./ab-test-input.js";
import type { AbTestWorkflow } from "./ab-test-workflow.js";
import { parseInput } from "./input.js";

export type { AbTest } from "../db/ab-tests.js";

/** A variant as it stands now, also after the choice. */
export interface VariantResult extends VariantFigures {
  name: string;
  /** Of the metric that decides, with its 95 % confidence interval. */
  rate: Rate;
}

export interface AbTestResults {
  test: AbTest;
  variants: VariantResult[];
  /** What the rules would choose now. */
  standing: Choice;
}

/** Variants of a campaign to parts of its audience, and the better one to the rest; the id is its campaign's. */
export interface AbTests {
  /** @throws InvalidInput naming the place, as in `variants.1.template`; NotFound (tenant, template, list, segment) */
  create(test: AbTestInput): Promise<{ abTestId: string }>;
  /** All of a draft anew. @throws as `create`; NotFound, Conflict once it was started */
  replace(test: AbTestReplacement): Promise<AbTest>;
  /** Deletes one that was never started; its templates and audience stay. @throws NotFound, Conflict once it is to begin */
  remove(test: AbTestRef): Promise<void>;
  /** Begins, at once or at a time; repeated, the first time counts. @throws NotFound, Conflict when it has ended. */
  start(test: StartAbTest): Promise<void>;
  /** Holds its sends, and the choice. @throws NotFound, Conflict unless it runs. */
  pause(test: AbTestRef): Promise<void>;
  /** Goes on; a choice whose time has passed is made then. Also after its workflow was lost. */
  resume(test: AbTestRef): Promise<void>;
  /** Ends its sends; the rest gets nothing. @throws NotFound, Conflict when it has ended. */
  cancel(test: AbTestRef): Promise<void>;
  /**
   * A person's choice instead of the rules': it goes to the rest once the variants have been sent.
   * @throws NotFound, InvalidInput (variant), Conflict when the choice was made.
   */
  pickWinner(pick: PickInput): Promise<void>;
  /** @throws NotFound */
  get(test: AbTestRef): Promise<AbTest>;
  /** Newest first. */
  list(query: AbTestsQuery): Promise<AbTest[]>;
  /** @throws NotFound */
  results(test: AbTestRef): Promise<AbTestResults>;
  /** Waits until it has ended. @throws NotFound; Conflict when its workflow was terminated or failed. */
  wait(test: AbTestRef): Promise<AbTest>;
}

export function createAbTests(catalog: AbTestCatalog, workflow: AbTestWorkflow): AbTests {
  async function load(ref: AbTestRef): Promise<AbTest> {
    const { tenantId, abTestId } = parseInput(abTestRefSchema, ref);
    return catalog.loadAbTest(tenantId, abTestId);
  }

  async function loadOpen(ref: AbTestRef, what: string): Promise<AbTest> {
    const test = await load(ref);
    if (!abTestHasEnded(test.status)) return test;
    throw refusal(test, what);
  }

  async function loadBegun(ref: AbTestRef, what: string): Promise<AbTest> {
    const test = await loadOpen(ref, what);
    if (test.status === "draft" && test.scheduledAt === null) throw refusal(test, what);
    return test;
  }

  return {
    create: async (test) => catalog.createAbTest(toNewAbTest(parseInput(abTestSchema, test))),

    replace: async (replacement) => {
      const { abTestId, ...test } = parseInput(abTestReplacementSchema, replacement);
      return catalog.replaceAbTest(abTestId, toNewAbTest(test));
    },

    remove: async (ref) => {
      const { tenantId, abTestId } = parseInput(abTestRefSchema, ref);
      await catalog.removeAbTest(tenantId, abTestId);
    },

    async start(input) {
      const { at = new Date(), ...ref } = parseInput(startAbTestSchema, input);
      const test = await load(ref);
      if (test.status === "cancelled") throw refusal(test, "started");
      if (test.status === "completed") return;
      await catalog.scheduleAbTest(ref.tenantId, ref.abTestId, at);
      await workflow.start(test);
    },
    pause: async (ref) => workflow.signal(await loadBegun(ref, "paused"), pauseSignal),
    resume: async (ref) => workflow.signal(await loadBegun(ref, "resumed"), resumeSignal),
    cancel: async (ref) => workflow.signal(await loadOpen(ref, "cancelled"), cancelSignal),

    async pickWinner(input) {
      const { variant, ...ref } = parseInput(pickSchema, input);
      const test = await loadBegun(ref, "decided");
      if (test.winner !== null)
        throw new Conflict(`A/B test ${test.abTestId} is decided: variant ${test.winner}.`);
      await workflow.pick(test, findVariant(test, variant));
    },

    get: load,
    list: async (query) => {
      const { tenantId, ...page } = parseInput(abTestsSchema, query);
      return catalog.listAbTests(tenantId, page);
    },

    async results(ref) {
      const test = await load(ref);
      const figures = await catalog.loadFigures(test.tenantId, test.abTestId);
      const variants = figures.map((variant, index) => ({
        ...variant,
        name: test.variants[index]?.name ?? "",
        rate: rateOf(test.rules.metric, variant),
      }));
      return { test, variants, standing: chooseVariant(test.rules, figures) };
    },

    async wait(ref) {
      const { abTestId } = await load(ref);
      await workflow.ended(abTestId);
      return load(ref);
    },
  };
}

function findVariant({ variants }: AbTest, wanted: number | string): number {
  const found = variants.find(({ variant, name }) => variant === wanted || name === wanted);
  if (found) return found.variant;
  const known = variants.map(({ variant, name }) => `${variant} (${name})`).join(", ");
  throw new InvalidInput([{ field: "variant", problem: `is none of the test's: ${known}` }]);
}

function refusal({ abTestId, status }: AbTest, what: string): Conflict {
  return new Conflict(`A/B test ${abTestId} is ${status}; it cannot be ${what}.`, { abTestId, status });
}
