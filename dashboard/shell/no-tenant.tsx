import { Button, Center, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState, type SubmitEvent } from "react";
import { answerOf, createApi } from "../data/client.js";
import { toProblem, type ApiProblem } from "../data/problem.js";
import type { Session } from "../data/session.js";
import { SignOutButton } from "./sign-out.js";

/** Whoever belongs nowhere yet: an admin makes the first tenant, everybody else is told whom to ask. */
export function NoTenant({ session, onMade }: { session: Session; onMade: () => void }) {
  return (
    <Center mih="100vh" p="md" component="main">
      <Stack maw={420} w="100%">
        <Title order={1} size="h3">
          {session.user.admin ? "Make the first tenant" : "You do not belong to a tenant yet"}
        </Title>
        {session.user.admin ? (
          <NewTenant onMade={onMade} />
        ) : (
          <Text>Ask an owner of the tenant to invite {session.user.email}, then open this page again.</Text>
        )}
        <SignOutButton />
      </Stack>
    </Center>
  );
}

function NewTenant({ onMade }: { onMade: () => void }) {
  const [tenantId, setTenantId] = useState("");
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const make = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    try {
      await answerOf(createApi(null).POST("/api/tenants", { body: { tenant_id: tenantId, name: tenantId } }));
      onMade();
    } catch (error) {
      setProblem(toProblem(error));
    }
  };
  return (
    <form onSubmit={(event) => void make(event)}>
      <Stack>
        <Text>
          A tenant is a customer, or a part of your own house: contacts, campaigns and limits belong to one.
        </Text>
        <TextInput
          label="Its id"
          description="Lower-case letters, digits and hyphens, such as acme"
          value={tenantId}
          onChange={(event) => setTenantId(event.currentTarget.value)}
          error={problem?.fields[0]?.problem ?? problem?.detail}
          required
        />
        <Button type="submit">Make it</Button>
      </Stack>
    </form>
  );
}
