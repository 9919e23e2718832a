/** What a provider's stand-in answers next; `silence` never does, until its connection ends. */
export interface PushAnswer {
  status?: number;
  reason?: string;
  retryAfter?: string;
  silence?: true;
}

/** Answers are taken in order; without one left, everything is accepted. */
export class PushAnswers {
  private readonly planned: PushAnswer[] = [];

  plan(...answers: PushAnswer[]): void {
    this.planned.push(...answers);
  }

  next(): PushAnswer {
    return this.planned.shift() ?? {};
  }
}
