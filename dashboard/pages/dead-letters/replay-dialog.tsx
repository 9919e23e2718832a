import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { answerOf } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { ManyDialog } from "../../parts/many-dialog.js";
import { replayPreviewQuery, type DeadLetterFilter } from "./queries.js";

export interface ReplayDialogProps {
  /** Empty: all that are open. */
  filter: DeadLetterFilter;
  onClose: () => void;
  onBegun: () => void;
}

/** Shows what would be tried again, starts it, and leads to how it goes. */
export function ReplayDialog({ filter, onClose, onBegun }: ReplayDialogProps) {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const preview = useQuery(replayPreviewQuery(api, filter));
  return (
    <ManyDialog
      title={filter.dead_letter_ids ? "Replay the selected letters?" : "Replay all that match?"}
      about="Their work is tried again with no attempts spent; what fails again becomes a new letter."
      action="Replay"
      preview={preview}
      onClose={onClose}
      run={async ({ expected: _, ...asked }) => {
        const body = { ...filter, ...(Object.keys(filter).length === 0 && { all: true }), ...asked };
        const { replay_id: replayId } = await answerOf(api.POST("/api/dead-letters/replays", { body }));
        onBegun();
        await queries.invalidateQueries({ queryKey: ["dead-letters"] });
        void navigate(`/dead-letters/replays/${replayId}`);
      }}
    />
  );
}
