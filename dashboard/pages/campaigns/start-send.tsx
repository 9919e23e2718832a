import { Button, Modal, NumberInput, Radio, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { IconSend } from "@tabler/icons-react";
import { useNavigate } from "react-router";
import { answerOf } from "../../data/client.js";
import { useApi, useWho } from "../../data/who.js";
import { FormActions } from "../../parts/form-actions.js";
import { useProblemForm } from "../../parts/problem-form.js";
import { tellDone } from "../../parts/telling.js";
import type { Campaign } from "./queries.js";

const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** At once, at an instant, or at a time of day where each recipient is. */
export function StartSend({ campaign }: { campaign: Campaign }) {
  const api = useApi();
  const { settings } = useWho();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [opened, { open, close }] = useDisclosure(false);
  const isFirst = campaign.status === "draft";
  const form = useForm({
    initialValues: {
      when: "now",
      at: "",
      per_second: "" as number | string,
      // A second start of a run that was is no send: another one needs another name.
      run_key: isFirst ? "first" : `again-${new Date().toISOString().slice(0, 16)}`,
    },
    validate: { at: (at, { when }) => (when !== "now" && at === "" ? "give the day and the time" : null) },
  });
  const problems = useProblemForm(form, (field) => (field === "local_time" ? "at" : field));
  const submit = form.onSubmit(({ when, at, per_second: rate, run_key }) =>
    problems.submit(async () => {
      const body = {
        run_key,
        ...(when === "at" && { at: new Date(at).toISOString() }),
        ...(when === "local" && { local_time: at, time_zone: settings.time_zone }),
        ...(rate !== "" && { per_second: Number(rate) }),
      };
      const params = { path: { campaign_id: campaign.campaign_id } };
      const { send_id: id } = await answerOf(
        api.POST("/api/campaigns/{campaign_id}/start", { params, body }),
      );
      tellDone(when === "now" ? "It has started." : "It will start at its time.");
      close();
      await Promise.all(["campaigns", "sends"].map((key) => queries.invalidateQueries({ queryKey: [key] })));
      void navigate(`/campaigns/${campaign.campaign_id}/sends/${id}`);
    }),
  );
  return (
    <>
      <Button leftSection={<IconSend size={16} />} onClick={open}>
        {isFirst ? "Start" : "Start again"}
      </Button>
      <Modal opened={opened} onClose={close} title={`Start ${campaign.name}`}>
        <form onSubmit={(event) => void submit(event)} noValidate>
          <Stack>
            <Radio.Group label="When" {...form.getInputProps("when")}>
              <Stack gap="xs" mt="xs">
                <Radio value="now" label="Now" />
                <Radio value="at" label={`At a time here (${ownZone})`} />
                <Radio value="local" label="At a time where each recipient is" />
              </Stack>
            </Radio.Group>
            {form.values.when !== "now" && (
              <TextInput
                type="datetime-local"
                label="Day and time"
                description={
                  form.values.when === "local"
                    ? `Recipients without a zone: ${settings.time_zone}`
                    : undefined
                }
                required
                {...form.getInputProps("at")}
              />
            )}
            <NumberInput
              label="Messages a second at most"
              description="Empty: as fast as limits allow"
              min={0}
              {...form.getInputProps("per_second")}
            />
            <TextInput
              label="Name of the run"
              description="A second start of the same name sends nothing"
              {...form.getInputProps("run_key")}
            />
            <FormActions problems={problems} action="Start the send" onCancel={close} />
          </Stack>
        </form>
      </Modal>
    </>
  );
}
