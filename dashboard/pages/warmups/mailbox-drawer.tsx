import { Alert, Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { useApi } from "../../data/who.js";
import { DetailDrawer } from "../../parts/detail-drawer.js";
import { Facts } from "../../parts/facts.js";
import { count } from "../../parts/numbers.js";
import { Panel } from "../../parts/panel.js";
import { QueryState } from "../../parts/states.js";
import { Time } from "../../parts/time.js";
import { MailboxMessages } from "./mailbox-messages.js";
import { junkShare, Participation, Readable } from "./mailbox-standing.js";
import { MailboxSteering } from "./mailbox-steering.js";
import { mailboxQuery, type Mailbox } from "./pool-queries.js";

export function MailboxDrawer() {
  const { mailbox: id = "" } = useParams();
  const query = useQuery(mailboxQuery(useApi(), id));
  const found = query.data;
  return (
    <DetailDrawer
      title={found?.value.address ?? "Mailbox"}
      backTo="/warmups/pool"
      badge={
        found && (
          <>
            <Participation mailbox={found.value} />
            <Readable mailbox={found.value} />
          </>
        )
      }
      actions={found && <MailboxSteering found={found} />}
    >
      <QueryState query={query}>{({ value }) => <About mailbox={value} />}</QueryState>
    </DetailDrawer>
  );
}

function About({ mailbox }: { mailbox: Mailbox }) {
  const { imap_host: host, imap_port: port, imap_secure: isSecure, problem } = mailbox;
  return (
    <>
      {problem !== null && (
        <Alert color="red" title="It could not be read">
          {problem}
        </Alert>
      )}
      <Facts
        columns={2}
        facts={[
          ["Takes part", <Part key="part" mailbox={mailbox} />],
          ["Last checked", <Time key="checked" at={mailbox.checked_at} otherwise="not yet" />],
          ["IMAP", `${host}:${port}, ${isSecure ? "TLS from the first byte" : "STARTTLS"}`],
          ["User name", mailbox.imap_user],
          ["Leaves from", mailbox.node_id],
          ["Warmup", <Ramp key="warmup" mailbox={mailbox} />],
        ]}
      />
      <Panel title="Letters of the last seven days">
        <Facts
          columns={4}
          facts={[
            ["Written", count(mailbox.sent)],
            ["In the inbox", count(mailbox.in_inbox)],
            ["In junk", `${count(mailbox.in_junk)} (${junkShare(mailbox)})`],
            ["Missing", count(mailbox.missing)],
          ]}
        />
      </Panel>
      <MailboxMessages mailbox={mailbox} />
    </>
  );
}

function Part({ mailbox }: { mailbox: Mailbox }) {
  const { opted_in_at: inAt, opted_in_by: inBy, opted_out_at: outAt, opted_out_by: outBy } = mailbox;
  if (inAt !== null)
    return (
      <>
        since <Time at={inAt} as="exact" />, by {inBy}
      </>
    );
  if (outAt === null) return "no: nobody opted it in";
  return (
    <>
      no: {outBy} opted it out <Time at={outAt} />
    </>
  );
}

/** Without one it answers, and begins nothing. */
function Ramp({ mailbox: { warmup_id: id } }: { mailbox: Mailbox }) {
  if (id === null)
    return (
      <>
        none: it answers, and begins nothing.{" "}
        <Anchor component={Link} to="/warmups/new" size="sm">
          Start one
        </Anchor>
      </>
    );
  return (
    <Anchor component={Link} to={`/warmups/${id}`} size="sm">
      its allowance
    </Anchor>
  );
}
