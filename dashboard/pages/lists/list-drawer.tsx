import { Anchor, Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { Link, useParams } from "react-router";
import { answerOf, type Tagged } from "../../data/client.js";
import { useApi, useMay } from "../../data/who.js";
import { Copyable } from "../../parts/copyable.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { Facts } from "../../parts/facts.js";
import { count } from "../../parts/numbers.js";
import { useRemoval } from "../../parts/removal.js";
import { QueryState } from "../../parts/states.js";
import { tellDone } from "../../parts/telling.js";
import { Time } from "../../parts/time.js";
import { Members } from "./members.js";
import { askName } from "./name-form.js";
import { listQuery, type List } from "./queries.js";

export function ListDrawer() {
  const { list: listId = "" } = useParams();
  const api = useApi();
  const queries = useQueryClient();
  const removal = useRemoval("lists");
  const mayChange = useMay({ resource: "lists", level: "write" });
  const query = useQuery(listQuery(api, listId));
  const found = query.data;
  const rename = ({ value, tag }: Tagged<List>): void =>
    askName({
      title: "Rename the list",
      action: "Rename",
      initial: value.name,
      save: async (name) => {
        const params = { path: { list: listId }, header: { "If-Match": tag } };
        await answerOf(api.PATCH("/api/lists/{list}", { params, body: { name } }));
        tellDone(`The list is called ${name} now.`);
        await queries.invalidateQueries({ queryKey: ["lists"] });
      },
    });
  const remove = (): void =>
    removal({
      title: `Delete the list ${found?.value.name ?? ""}?`,
      children: "Its contacts stay. A list that something is, or was, sent to cannot be deleted.",
      run: () => api.DELETE("/api/lists/{list}", { params: { path: { list: listId } } }),
      said: "The list is deleted.",
      forget: [["lists", "one", listId]],
    });
  return (
    <DetailDrawer
      title={found?.value.name ?? "List"}
      backTo="/lists"
      actions={
        found &&
        mayChange && (
          <>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconPencil size={16} />}
              onClick={() => rename(found)}
            >
              Rename
            </Button>
            <Button
              size="xs"
              variant="light"
              color="red"
              leftSection={<IconTrash size={16} />}
              onClick={remove}
            >
              Delete
            </Button>
          </>
        )
      }
    >
      <QueryState query={query}>
        {({ value }) => (
          <>
            <Facts
              columns={2}
              facts={[
                [
                  "Contacts",
                  <Anchor
                    key="contacts"
                    component={Link}
                    to={`/contacts?list=${encodeURIComponent(value.name)}`}
                  >
                    {count(value.contact_count)}
                  </Anchor>,
                ],
                ["Created", <Time key="created" at={value.created_at} />],
                ["Id", <Copyable key="id" value={value.list_id} label="id of the list" />],
              ]}
            />
            <Members list={value} />
          </>
        )}
      </QueryState>
    </DetailDrawer>
  );
}
