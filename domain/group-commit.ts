/**
 * Groups calls as a database groups commits: the first one runs at once and alone; those that come while a run is under
 * way wait and go together in the next. So a lone call waits for nobody, and many calls cost few runs.
 *
 * @param run answers every input of a group, in order; when it rejects, every caller of the group is told.
 * @param fits whether `next` still belongs to a group; the first of a group always does.
 */
export function createGroupCommit<Input, Output>(
  run: (inputs: Input[]) => Promise<Output[]>,
  fits: (group: readonly Input[], next: Input) => boolean,
): (input: Input) => Promise<Output> {
  const waiting: Waiting<Input, Output>[] = [];
  let running = false;

  function takeGroup(): Waiting<Input, Output>[] {
    const inputs: Input[] = [];
    while (inputs.length < waiting.length) {
      const next = waiting[inputs.length];
      if (!next || (inputs.length > 0 && !fits(inputs, next.input))) break;
      inputs.push(next.input);
    }
    return waiting.splice(0, inputs.length);
  }

  async function runAll(): Promise<void> {
    running = true;
    while (waiting.length > 0) await runGroup(takeGroup());
    running = false;
  }

  async function runGroup(group: Waiting<Input, Output>[]): Promise<void> {
    try {
      const outputs = await run(group.map(({ input }) => input));
      group.forEach(({ resolve }, index) => resolve(outputs[index] as Output));
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  return (input) =>
    new Promise((resolve, reject) => {
      waiting.push({ input, resolve, reject });
      if (!running) void runAll();
    });
}

/**
 * A group commit for each key: what differs by key never goes together, nor in the asynchronous context of one another.
 * @param create for the first of a key
 */
export function createGroupCommits<Input, Output>(
  keyOf: (input: Input) => string,
  create: (first: Input) => (input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  const queues = new Map<string, { commit: (input: Input) => Promise<Output>; open: number }>();
  return async (input) => {
    const key = keyOf(input);
    const queue = queues.get(key) ?? { commit: create(input), open: 0 };
    queues.set(key, queue);
    queue.open += 1;
    try {
      return await queue.commit(input);
    } finally {
      queue.open -= 1;
      if (queue.open === 0) queues.delete(key);
    }
  };
}

interface Waiting<Input, Output> {
  input: Input;
  resolve: (output: Output) => void;
  reject: (error: unknown) => void;
}
