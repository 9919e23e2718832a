import { Alert, Anchor, Code } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { RefObject } from "react";
import type { ApiProblem } from "../../data/problem.js";

export interface SourceProblemsProps {
  problem: ApiProblem;
  source: RefObject<HTMLTextAreaElement | null>;
}

/** What is wrong with what is being written; a line that is named can be gone to. */
export function SourceProblems({ problem, source }: SourceProblemsProps) {
  return (
    <Alert color="orange" icon={<IconAlertTriangle />} title="This cannot be rendered yet" role="status">
      {problem.fields.length === 0
        ? problem.detail
        : problem.fields.map(({ field, problem: what }) => {
            const line = /\bline (\d+)/.exec(what)?.[1];
            return (
              <div key={`${field} ${what}`}>
                <Code>{field}</Code> <span style={{ whiteSpace: "pre-wrap" }}>{what}</span>{" "}
                {line !== undefined && (field === "html" || field === "mjml") && (
                  <Anchor
                    component="button"
                    type="button"
                    size="sm"
                    underline="always"
                    onClick={() => selectLine(source.current, Number(line))}
                  >
                    Go to line {line}
                  </Anchor>
                )}
              </div>
            );
          })}
    </Alert>
  );
}

function selectLine(area: HTMLTextAreaElement | null, line: number): void {
  if (!area) return;
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
}
