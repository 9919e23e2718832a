/** Everything a worker of the orchestration queue runs. */
export { campaign } from "./campaign.js";
export { deliver } from "./deliver.js";
export { importContacts } from "./import-contacts.js";
export { sendEmails } from "./send-emails.js";
