import type { LogEntry, Logger as TemporalLogger, LogMetadata } from "@temporalio/worker";
import type { Logger } from "pino";

/** Sends the SDK's log lines to ours. */
export function temporalLogger(log: Logger): TemporalLogger {
  const write =
    (level: "trace" | "debug" | "info" | "warn" | "error") => (message: string, meta?: LogMetadata) =>
      log[level](meta ?? {}, `temporal: ${message}`);
  const levels = {
    trace: write("trace"),
    debug: write("debug"),
    info: write("debug"),
    warn: write("warn"),
    error: write("error"),
  };
  const byLevel: Record<LogEntry["level"], typeof levels.info> = {
    TRACE: levels.trace,
    DEBUG: levels.debug,
    INFO: levels.info,
    WARN: levels.warn,
    ERROR: levels.error,
  };
  return { ...levels, log: (level, message, meta) => byLevel[level](message, meta) };
}
