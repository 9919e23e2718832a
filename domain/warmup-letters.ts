/** What mailboxes of the warmup pool write: short letters, varied by seed. Handlebars, as all content is. */
import { seededRandom } from "./seeded-random.js";

export interface Letter {
  subject: string;
  html: string;
  variables: Record<string, string>;
}

export interface LetterInput {
  messageId: string;
  threadId: string;
  /** Letters of its thread before it. */
  depth: number;
  from: string;
  to: string;
}

const subjects = [
  "A question about {{topic}}",
  "Notes on {{topic}}",
  "{{topic}}: next steps",
  "Shall we talk about {{topic}}?",
  "An idea for {{topic}}",
  "Before I forget: {{topic}}",
];
const topics = [
  ...["the schedule", "the next meeting", "the draft", "our plan", "the list", "the new office"],
  ...["the figures of last week", "the visit", "the workshop", "the order", "the calendar", "the report"],
];
const openings = [
  "I looked at {{topic}} again this morning, and think that we are nearly there.",
  "Could you tell me what is still missing for {{topic}}?",
  "I have put some notes together on {{topic}}.",
  "There is one thing about {{topic}} that I would like to ask you.",
];
const middles = [
  "Two points are open, and neither is urgent.",
  "I would rather take a day more and have it right.",
  "The others agree as far as I know.",
  "It should not take long.",
];
const answers = [
  "Thank you, that helps.",
  "Good point; I will have a look at it tomorrow.",
  "That works for me.",
  "Yes, let us do it like that.",
  "I agree, and have nothing to add.",
];
const endings = ["Best,", "Kind regards,", "Thanks,", "See you,"];

/** The same letter for the same ids: an answer has its thread's subject. */
export function letterOf({ messageId, threadId, depth, from, to }: LetterInput): Letter {
  const ofThread = seededRandom(threadId);
  const pick = (random: () => number, of: readonly string[]) => of[Math.floor(random() * of.length)] ?? "";
  const [subject, topic] = [pick(ofThread, subjects), pick(ofThread, topics)];
  const own = seededRandom(messageId);
  const body =
    depth === 0
      ? [`${pick(own, openings)} ${pick(own, middles)}`, `<a href="https://{{site}}/">{{site}}</a>`]
      : [pick(own, answers)];
  const lines = ["Hello {{to_name}},", ...body, `${pick(own, endings)}<br>{{from_name}}`];
  return {
    subject: depth === 0 ? subject : `Re: ${subject}`,
    html: `<html><body>${lines.map((line) => `<p>${line}</p>`).join("")}</body></html>`,
    variables: {
      topic,
      to_name: nameOf(to),
      from_name: nameOf(from),
      site: from.slice(from.lastIndexOf("@") + 1),
    },
  };
}

function nameOf(address: string): string {
  const [first = ""] = address.split(/[.@+_-]/);
  return first.charAt(0).toUpperCase() + first.slice(1);
}
