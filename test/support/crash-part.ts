import type { Exit } from "../../runtime/embedded/process.js";

/** A process as the harness sees it. */
export interface RunningProcess {
  pid: number;
  exited: Promise<Exit>;
  /** Ends it in order and waits. */
  stop(): Promise<void>;
}

export interface PartOptions {
  name: string;
  launch: () => Promise<RunningProcess>;
  /** Started again at once whenever it ends, as a supervisor does. Otherwise `start()` starts it again. */
  supervised: boolean;
}

/** One process of the stack: can be killed at any moment, and started again on the same port and data. */
export class CrashPart {
  readonly name: string;
  /** Ends that no test asked for, such as a worker that gives up while a server is away. */
  readonly ownEnds: Exit[] = [];
  private readonly launch: () => Promise<RunningProcess>;
  private readonly supervised: boolean;
  private running: RunningProcess | null = null;
  private starting: Promise<void> | null = null;
  private asked = false;
  private closed = false;

  constructor({ name, launch, supervised }: PartOptions) {
    this.name = name;
    this.launch = launch;
    this.supervised = supervised;
  }

  /** Nothing happens when it runs already: a supervisor may have been quicker. */
  async start(): Promise<void> {
    if (this.running) return;
    this.starting ??= this.begin().finally(() => (this.starting = null));
    await this.starting;
  }

  /** `kill -9`, and waits until it is dead. */
  async kill(): Promise<Exit> {
    return this.end("SIGKILL");
  }

  /** The request to finish what is on the wire and leave; waits until it has. */
  async terminate(): Promise<Exit> {
    return this.end("SIGTERM");
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.starting?.catch(() => undefined);
    await this.running?.stop();
  }

  private async end(signal: "SIGKILL" | "SIGTERM"): Promise<Exit> {
    await this.starting;
    const { running } = this;
    if (!running) throw new Error(`${this.name} does not run: there is nothing to kill.`);
    this.asked = true;
    process.kill(running.pid, signal);
    return running.exited;
  }

  private async begin(): Promise<void> {
    const running = await this.launch();
    this.running = running;
    this.asked = false;
    void running.exited.then((exit) => this.ended(exit));
  }

  private ended(exit: Exit): void {
    this.running = null;
    if (this.closed) return;
    if (!this.asked) this.ownEnds.push(exit);
    if (this.supervised) void this.start();
  }
}
