import { Button, JsonInput, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import type { operations } from "../../data/api-types.js";
import { answerOf } from "../../data/client.js";
import { ApiProblem } from "../../data/problem.js";
import { useApi } from "../../data/who.js";
import { openForm } from "../../parts/form-dialog.js";
import { tellDone } from "../../parts/telling.js";
import type { DeadLetterDetail } from "./queries.js";

/** Of a letter whose work can say something else at its next attempt. */
export function EditLetter({ letter }: { letter: DeadLetterDetail }) {
  const api = useApi();
  const queries = useQueryClient();
  const found = editableOf(letter);
  if (!found) return null;
  const { about, recipient, name, label, value } = found;
  const id = letter.dead_letter_id;
  return (
    <Button
      size="xs"
      variant="default"
      onClick={() =>
        openForm({
          title: "Change what the next attempt says",
          about,
          action: "Save",
          initial: { recipient: recipient ?? "", [name]: JSON.stringify(value, null, 2) },
          // What is wrong with one of the values is told at their text.
          place: (field) => field.split(".")[0] ?? field,
          fields: (form) => (
            <>
              {recipient !== undefined && (
                <TextInput label="Recipient" required {...form.getInputProps("recipient")} />
              )}
              <JsonInput label={label} autosize minRows={6} {...form.getInputProps(name)} />
            </>
          ),
          run: async (given: Record<string, string>) => {
            const body: Edit = {
              [name]: parseObject(name, given[name] ?? ""),
              ...(recipient !== undefined && { recipient: given.recipient?.trim() }),
            };
            const params = { path: { dead_letter_id: id } };
            await answerOf(api.PATCH("/api/dead-letters/{dead_letter_id}", { params, body }));
            await queries.invalidateQueries({ queryKey: ["dead-letters"] });
            tellDone("It is changed. Replay the letter to try it.");
          },
        })
      }
    >
      Edit
    </Button>
  );
}

type Edit = NonNullable<operations["dead_letters.edit"]["requestBody"]>["content"]["application/json"];

interface Editable {
  about: string;
  /** Absent: it has none that could be changed. */
  recipient?: string;
  name: "variables" | "data" | "values";
  label: string;
  value: unknown;
}

/** A recipient of a campaign, and work of the platform's, is as it is. */
function editableOf({ kind, email_id: emailId, line, payload }: DeadLetterDetail): Editable | null {
  if (payload === null) return null;
  if (kind === "email.send" && emailId !== null)
    return {
      about: "The address is this letter's; the variables are shared by all addresses of the email.",
      ...{
        recipient: typeof payload.recipient === "string" ? payload.recipient : "",
        name: "variables",
        label: "Variables",
      },
      value: payload.variables ?? {},
    };
  if (kind === "webhook")
    return {
      about: "The event's data, for this delivery; its id stays, so the receiver knows it as the same one.",
      ...{ name: "data", label: "Data", value: payload.data ?? {} },
    };
  if (kind === "import.row" && line !== null)
    return {
      about:
        "The contact that the row is to be: email, first_name, last_name, name, time_zone, attributes.….",
      ...{ name: "values", label: "Values", value: payload.values ?? { email: "" } },
    };
  return null;
}

function parseObject(field: string, text: string): Record<string, never> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, never>;
  } catch {
    // Said below.
  }
  const problem = 'must be a JSON object, such as {"plan": "gold"}';
  const problems = [{ field, problem, pointer: `/${field}` }];
  throw new ApiProblem({ title: "Refused", status: 422, detail: "Nothing was changed.", problems });
}
