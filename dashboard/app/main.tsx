import "./styles.js";
import { setNonce } from "get-nonce";
import { createRoot } from "react-dom/client";
import { App } from "./app.js";

// What locks the scroll behind a dialog writes a style element of its own.
setNonce(pageNonce() ?? "");

const root = document.getElementById("root");
if (root) createRoot(root).render(<App nonce={pageNonce()} />);

/** Of the answer that brought the page: the content security policy takes no style without it. */
function pageNonce(): string | undefined {
  return document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce;
}
