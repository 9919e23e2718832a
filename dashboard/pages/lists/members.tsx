import { Button, Group, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf } from "../../data/client.js";
import { useApi, useMay } from "../../data/who.js";
import { DataTable, type Column } from "../../parts/data-table.js";
import { count } from "../../parts/numbers.js";
import { Panel } from "../../parts/panel.js";
import { useProblemForm } from "../../parts/problem-form.js";
import { EmptyState, ProblemState } from "../../parts/states.js";
import { tellDone, tellDoneWithUndo, tellProblem } from "../../parts/telling.js";
import { membersQuery, type List, type Member } from "./queries.js";

const columns: Column<Member>[] = [
  { id: "email", title: "Email", cell: ({ email }) => email },
  {
    id: "name",
    title: "Name",
    cell: ({ name, first_name: first, last_name: last }) =>
      name ?? ([first, last].filter(Boolean).join(" ") || "—"),
  },
];

/** The first contacts of a list; all of them are on the page of contacts. */
export function Members({ list }: { list: List }) {
  const api = useApi();
  const queries = useQueryClient();
  const mayChange = useMay({ resource: "lists", level: "write" });
  const query = useQuery(membersQuery(api, list.list_id));
  const params = { path: { list: list.list_id } };
  const again = () => queries.invalidateQueries({ queryKey: ["lists"] });
  const put = (ids: readonly string[]) =>
    answerOf(api.POST("/api/lists/{list}/contacts", { params, body: { contact_ids: [...ids] } }));
  const takeOff = async (ids: readonly string[]): Promise<void> => {
    try {
      const body = { contact_ids: [...ids] };
      const { removed } = await answerOf(api.POST("/api/lists/{list}/contacts/remove", { params, body }));
      tellDoneWithUndo(`${count(removed)} taken off ${list.name}.`, async () => {
        await put(ids);
        await again();
      });
      await again();
    } catch (error) {
      tellProblem(error, "They are still on the list");
    }
  };
  const add = async (address: string): Promise<void> => {
    const contact = await answerOf(
      api.GET("/api/contacts/{contact}", { params: { path: { contact: address } } }),
    );
    const { added } = await put([contact.contact_id]);
    tellDone(added === 1 ? `${contact.email} is on the list.` : `${contact.email} was on the list already.`);
    await again();
  };
  return (
    <Panel title="Who is on it">
      {mayChange && <AddMember add={add} />}
      <DataTable
        id="members"
        label="Who is on the list"
        columns={columns}
        query={query}
        rowId={({ contact_id: id }) => id}
        to={({ contact_id: id }) => `/contacts/${id}`}
        bulk={
          mayChange
            ? (ids, done) => (
                <Button size="xs" variant="default" onClick={() => void takeOff(ids).then(done)}>
                  Take off the list
                </Button>
              )
            : undefined
        }
        empty={<EmptyState title="Nobody is on it">Add contacts here, or import a file.</EmptyState>}
      />
    </Panel>
  );
}

function AddMember({ add }: { add: (address: string) => Promise<void> }) {
  const form = useForm({ initialValues: { contact: "" } });
  const problems = useProblemForm(form);
  const submit = form.onSubmit(async ({ contact }) => {
    if (contact.trim() !== "" && (await problems.submit(() => add(contact.trim())))) form.reset();
  });
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Group align="flex-end" gap="xs" mb="sm">
        <TextInput
          label="Address or id of a contact"
          placeholder="ann@example.com"
          w={260}
          {...form.getInputProps("contact")}
        />
        <Button type="submit" variant="default" loading={problems.busy}>
          Put on the list
        </Button>
      </Group>
      {problems.problem && <ProblemState problem={problems.problem} />}
    </form>
  );
}
