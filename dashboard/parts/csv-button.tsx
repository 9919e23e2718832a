import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { askFor } from "../data/client.js";
import { useWho } from "../data/who.js";
import { tellProblem } from "./telling.js";

export interface CsvButtonProps {
  /** That answers with CSV, such as `/api/contacts/export?list=all`. */
  path: string;
  /** Of the file. */
  name: string;
  children?: string;
}

/** What is looked at, as a file for a spreadsheet. */
export function CsvButton({ path, name, children = "Download CSV" }: CsvButtonProps) {
  const { tenantId } = useWho();
  const [busy, setBusy] = useState(false);
  const download = async (): Promise<void> => {
    setBusy(true);
    try {
      saveAs(await (await askFor(path, { tenantId })).blob(), name);
    } catch (error) {
      tellProblem(error, "The file could not be made");
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button
      variant="default"
      leftSection={<IconDownload size={16} />}
      loading={busy}
      onClick={() => void download()}
    >
      {children}
    </Button>
  );
}

function saveAs(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  Object.assign(link, { href: address, download: name });
  link.click();
  URL.revokeObjectURL(address);
}
