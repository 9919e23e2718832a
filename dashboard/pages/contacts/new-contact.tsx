import { useQueryClient } from "@tanstack/react-query";
import { useLocation, useNavigate } from "react-router";
import { answerOf } from "../../data/client.js";
import { useApi } from "../../data/who.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { tellDone } from "../../parts/telling.js";
import { ContactForm, type ContactValues } from "./contact-form.js";

export function NewContact() {
  const api = useApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { search } = useLocation();
  const save = async (values: ContactValues): Promise<void> => {
    const { created } = await answerOf(api.POST("/api/contacts", { body: { contacts: [values] } }));
    tellDone(
      created === 1
        ? `${values.email} is a contact now.`
        : `${values.email} was known already, and is changed.`,
    );
    await queries.invalidateQueries({ queryKey: ["contacts"] });
    void navigate({ pathname: `/contacts/${encodeURIComponent(values.email)}`, search });
  };
  return (
    <DetailDrawer title="A new contact" backTo="/contacts">
      <ContactForm
        action="Add"
        save={save}
        onCancel={() => void navigate({ pathname: "/contacts", search })}
      />
    </DetailDrawer>
  );
}
