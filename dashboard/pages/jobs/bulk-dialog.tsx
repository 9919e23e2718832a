import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import type { JobAction } from "../../../domain/jobs.js";
import { answerOf } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { ManyDialog } from "../../parts/many-dialog.js";
import { bulkPreviewQuery, type JobTarget } from "./queries.js";
import { verbs } from "./verbs.js";

export interface BulkDialogProps {
  action: JobAction;
  target: JobTarget;
  onClose: () => void;
  onBegun: () => void;
}

/** Shows what would be acted upon, starts it, and leads to how it goes. */
export function BulkDialog({ action, target, onClose, onBegun }: BulkDialogProps) {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const preview = useQuery(bulkPreviewQuery(api, action, target));
  const { verb, about } = verbs[action];
  return (
    <ManyDialog
      title={target.jobs ? `${verb} the selected jobs?` : `${verb} all that match?`}
      about={about}
      action={verb}
      color={action === "retry" ? undefined : "red"}
      preview={preview}
      onClose={onClose}
      run={async (asked) => {
        const body = { action, ...target, ...asked };
        const { bulk_id: bulkId } = await answerOf(api.POST("/api/jobs/bulks", { body }));
        onBegun();
        await queries.invalidateQueries({ queryKey: ["jobs"] });
        void navigate(`/jobs/many/${bulkId}`);
      }}
    />
  );
}
