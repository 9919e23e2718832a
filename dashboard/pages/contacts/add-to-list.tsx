import { Button, Group, Modal, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { IconListCheck } from "@tabler/icons-react";
import { useState } from "react";
import { answerOf } from "../../data/client.js";
import { toProblem, type ApiProblem } from "../../data/problem.js";
import { useApi } from "../../data/who.js";
import { ListPicker } from "../../parts/audience-pickers.js";
import { count } from "../../parts/numbers.js";
import { ProblemState } from "../../parts/states.js";
import { tellDone, tellDoneWithUndo } from "../../parts/telling.js";

/** Puts contacts on a list; those that it holds already stay on it. */
export function AddToList({ contactIds, onDone }: { contactIds: readonly string[]; onDone: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const [opened, { open, close }] = useDisclosure(false);
  const [list, setList] = useState("");
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [busy, setBusy] = useState(false);

  const change = { params: { path: { list } }, body: { contact_ids: [...contactIds] } };
  const undo = async (): Promise<void> => {
    await answerOf(api.POST("/api/lists/{list}/contacts/remove", change));
    await queries.invalidateQueries({ queryKey: ["lists"] });
  };
  const add = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      const { added } = await answerOf(api.POST("/api/lists/{list}/contacts", change));
      const text = `${count(added)} of ${count(contactIds.length)} added to ${list}; the others are on it already.`;
      // Who was on the list before would be taken off it, too.
      if (added === contactIds.length) tellDoneWithUndo(`Added to ${list}.`, undo);
      else tellDone(text);
      close();
      onDone();
      await Promise.all(["lists", "contacts"].map((key) => queries.invalidateQueries({ queryKey: [key] })));
    } catch (error) {
      setProblem(toProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button size="xs" variant="default" leftSection={<IconListCheck size={16} />} onClick={open}>
        Add to a list
      </Button>
      <Modal opened={opened} onClose={close} title={`Add ${count(contactIds.length)} to a list`}>
        <Stack>
          <ListPicker value={list} onChange={setList} required />
          {problem && <ProblemState problem={problem} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button onClick={() => void add()} loading={busy} disabled={list === ""}>
              Add
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
