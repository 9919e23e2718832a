import { useQueryClient } from "@tanstack/react-query";
import { answerOf, taggedAnswerOf } from "../../data/client.js";
import { confirm } from "../../parts/confirm.js";
import { tellDone, tellProblem } from "../../parts/telling.js";
import type { AlertRule } from "./queries.js";
import { openNewRule, openRule, type RuleValues } from "./rule-form.js";
import { openSilence } from "./silencing.js";
import type { Whose } from "./whose.js";

export interface RuleChanges {
  add: () => void;
  edit: (rule: AlertRule) => void;
  turn: (rule: AlertRule) => void;
  test: (rule: AlertRule) => void;
  silence: (rule: AlertRule) => void;
  remove: (rule: AlertRule) => void;
}

export function useRuleChanges({ api, key }: Whose): RuleChanges {
  const queries = useQueryClient();
  const done = async (message: string): Promise<void> => {
    tellDone(message);
    await queries.invalidateQueries({ queryKey: ["alerts"] });
  };
  const at = ({ rule_id: id }: AlertRule) => ({ path: { rule_id: id } });
  const attempt = (what: Promise<unknown>, message: string, failed: string): void =>
    void what.then(
      () => done(message),
      (error: unknown) => tellProblem(error, failed),
    );
  const save = async (rule: AlertRule, values: RuleValues, tag: string): Promise<void> => {
    const params = { ...at(rule), header: { "If-Match": tag } };
    await answerOf(api.PATCH("/api/alert-rules/{rule_id}", { params, body: values }));
    await done(`${values.name} is changed.`);
  };
  return {
    add: () =>
      openNewRule(key, async (body) => {
        await answerOf(api.POST("/api/alert-rules", { body }));
        await done(`${body.name} is watched.`);
      }),
    edit: (rule) =>
      void taggedAnswerOf(api.GET("/api/alert-rules/{rule_id}", { params: at(rule) })).then(
        ({ value, tag }) => openRule(value, (values) => save(rule, values, tag)),
        (error: unknown) => tellProblem(error, "The rule could not be read"),
      ),
    turn: (rule) => {
      const params = { ...at(rule), header: {} };
      attempt(
        answerOf(api.PATCH("/api/alert-rules/{rule_id}", { params, body: { enabled: !rule.enabled } })),
        `${rule.name} is ${rule.enabled ? "off; its open alerts are cleared" : "on"}.`,
        "The rule was not changed",
      );
    },
    test: (rule) =>
      attempt(
        answerOf(api.POST("/api/alert-rules/{rule_id}/test", { params: at(rule) })),
        "A test is on its way, by all the ways that an alert takes.",
        "The rule was not tried",
      ),
    silence: (rule) => {
      if (rule.silenced_until !== null)
        return attempt(
          answerOf(api.POST("/api/alert-rules/{rule_id}/unsilence", { params: at(rule) })),
          "It is told again.",
          "The silence was not ended",
        );
      openSilence({
        title: `Silence ${rule.name}`,
        silence: async (body) => {
          await answerOf(api.POST("/api/alert-rules/{rule_id}/silence", { params: at(rule), body }));
          await done(`${rule.name} is silenced.`);
        },
      });
    },
    remove: (rule) =>
      confirm({
        title: `Delete ${rule.name}?`,
        children:
          "It is watched no longer, and its open alerts are cleared. What it raised stays in the history.",
        action: "Delete",
        run: async () => {
          await api.DELETE("/api/alert-rules/{rule_id}", { params: at(rule) });
          await done(`${rule.name} is deleted.`);
        },
      }),
  };
}
