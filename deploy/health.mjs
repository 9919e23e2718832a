/* global fetch, AbortSignal */
/** `node deploy/health.mjs URL`: exit code 0 when it answers with 2xx. The image has no curl. */
const answer = await fetch(process.argv[2] ?? "", { signal: AbortSignal.timeout(4_000) }).catch(() => null);
process.exit(answer?.ok ? 0 : 1);
