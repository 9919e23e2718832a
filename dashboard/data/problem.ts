/** What the API refuses, as it says it (RFC 9457), and what never reached it. */
export interface ProblemFields {
  title: string;
  status: number;
  detail: string;
  request_id?: string;
  problems?: { field: string; problem: string; pointer: string }[];
}

export class ApiProblem extends Error {
  /** 0: there was no answer. */
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** To be quoted to whoever runs the API: its log has the same. */
  readonly requestId: string | undefined;
  readonly fields: readonly { field: string; problem: string; pointer: string }[];

  constructor({ title, status, detail, request_id, problems }: ProblemFields) {
    super(detail);
    this.name = "ApiProblem";
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.requestId = request_id;
    this.fields = problems ?? [];
  }
}

export const awayProblem = new ApiProblem({
  title: "The API does not answer",
  status: 0,
  detail: "It is away, or the network is. This page asks again by itself.",
});

/** Another attempt may be answered: the API is away, or a part of it. */
export function isAway(error: unknown): boolean {
  return error instanceof ApiProblem && (error.status === 0 || error.status === 502 || error.status === 503);
}

/** Whatever was thrown, as something that can be shown. */
export function toProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new ApiProblem({ title: "Something went wrong on this page", status: -1, detail });
}

export async function problemOfResponse(response: Response): Promise<ApiProblem> {
  const text = await response.text().catch(() => "");
  const fields = parse(text);
  if (fields) return new ApiProblem(fields);
  const detail = `It answered ${response.status}${text ? `: ${text.slice(0, 300)}` : ""}.`;
  return new ApiProblem({ title: "The API did not answer as it should", status: response.status, detail });
}

function parse(text: string): ProblemFields | undefined {
  try {
    const value = JSON.parse(text) as Partial<ProblemFields> | null;
    return typeof value?.detail === "string" && typeof value.status === "number"
      ? { title: "Refused", ...value, status: value.status, detail: value.detail }
      : undefined;
  } catch {
    return undefined;
  }
}
