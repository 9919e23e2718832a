import type { UseFormReturnType } from "@mantine/form";
import { useState } from "react";
import { toProblem, type ApiProblem } from "../data/problem.js";

export interface ProblemForm {
  busy: boolean;
  /** What is wrong with no field that the form has; shown above the buttons. */
  problem: ApiProblem | null;
  /** Runs what a form is for; what is refused is said at its fields. @returns whether it was done */
  submit: (run: () => Promise<unknown>) => Promise<boolean>;
}

/**
 * What the API finds wrong, at the field it names. Fields of a form have the names of the body; `place` says where one stands
 * that has another: `contacts.0.email` is `email`.
 */
export function useProblemForm<Values>(
  form: UseFormReturnType<Values>,
  place: (field: string) => string = (field) => field,
): ProblemForm {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  return {
    busy,
    problem,
    async submit(run) {
      setBusy(true);
      setProblem(null);
      try {
        await run();
        return true;
      } catch (error) {
        const met = toProblem(error);
        const own = met.fields.filter(({ field }) => isOf(form.getValues(), place(field)));
        form.setErrors(Object.fromEntries(own.map(({ field, problem: what }) => [place(field), what])));
        if (own.length === 0 || own.length < met.fields.length) setProblem(met);
        focusFirstError();
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}

function isOf(values: unknown, path: string): boolean {
  const [first = ""] = path.split(".");
  return typeof values === "object" && values !== null && first in values;
}

/** After the errors are shown. */
function focusFirstError(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>("form [aria-invalid=true]")?.focus());
}
