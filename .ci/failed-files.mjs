// Prints the test files that failed by vitest's JSON report, a line each; exits with 1 when there is no sense in a second look.
import { readFileSync } from "node:fs";
import { relative } from "node:path";

/** More than these are no accident. */
const mostFiles = 4;

const { testResults } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const failed = testResults.filter(({ status }) => status === "failed").map(({ name }) => relative(".", name));
if (failed.length === 0 || failed.length > mostFiles) process.exit(1);
console.log(failed.join("\n"));
