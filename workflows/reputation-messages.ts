/** What scores reputations and looks at their gates. Names are stored in histories: public API. */

/** The page that a round goes on from. */
export interface ReputationRound {
  after?: string;
  /** Of its start. */
  nowMs?: number;
}

/** `workflows/reputation` exports functions of these names. */
export const reputationCalculatorType = "reputationCalculator";
export const reputationGateCheckType = "reputationGateCheck";
