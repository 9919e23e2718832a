import { pino, type Logger, type LoggerOptions } from "pino";
import { PinoPretty } from "pino-pretty";
import type { LogLevel } from "./config.js";

/**
 * The process's logger: JSON lines on stdout, or readable ones on a terminal. The event's name is the message
 * (`delivery.batch_finished`); ids are fields. Fields that could hold an address or a secret are removed.
 */
export function createLogger(config: { logLevel: LogLevel }, bindings: Record<string, unknown> = {}): Logger {
  const options: LoggerOptions = {
    level: config.logLevel,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`]), censor: "***" },
  };
  // Synchronous, so that the last lines before an exit are seen.
  const logger = process.stdout.isTTY
    ? pino(options, PinoPretty({ sync: true, ignore: "pid", translateTime: "HH:MM:ss" }))
    : pino(options);
  return logger.child(bindings);
}

const secretFields = [
  "password",
  "secret",
  "secrets",
  "privateKey",
  "encryptionKeys",
  "apiKey",
  "authorization",
  "email",
  "to",
  "recipient",
];
