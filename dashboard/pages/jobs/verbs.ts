import type { JobAction } from "../../../domain/jobs.js";

export interface Verb {
  verb: string;
  /** What it does to one, or to each of many. */
  about: string;
  done: string;
}

export const verbs: Record<JobAction, Verb> = {
  retry: {
    verb: "Retry",
    about: "Dead work begins again with no attempts spent; deliveries go out at once.",
    done: "It is taken up again.",
  },
  cancel: {
    verb: "Cancel",
    about: "What has not ended is ended. What is on the wire cannot be called back.",
    done: "It is being ended.",
  },
  remove: {
    verb: "Remove",
    about:
      "It leaves the list: cancelled first if it runs, its dead letter dismissed, its progress forgotten. What it did stays counted.",
    done: "It is out of the list.",
  },
};
