import { awayProblem, problemOfResponse } from "../../data/problem.js";
import type { Import } from "./queries.js";

export interface Upload {
  file: File;
  tenantId: string;
  /** What is said of it, as in the operation's query. */
  said: Record<string, string>;
  /** @param part of 1 */
  onProgress: (part: number) => void;
  signal: AbortSignal;
}

/** Sends a file of any size; `fetch` cannot tell how far it is. @throws ApiProblem, AbortError */
export function uploadImport({ file, tenantId, said, onProgress, signal }: Upload): Promise<Import> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/imports?${new URLSearchParams(said).toString()}`);
    request.setRequestHeader("Floe-Csrf", "1");
    request.setRequestHeader("Floe-Tenant", tenantId);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total);
    request.onload = () => {
      if (request.status === 202) return resolve(JSON.parse(request.responseText) as Import);
      void problemOfResponse(new Response(request.responseText, { status: request.status })).then(reject);
    };
    request.onerror = () => reject(awayProblem);
    request.onabort = () => reject(new DOMException("The upload was cancelled.", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
