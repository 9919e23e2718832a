import { Button, Center, Loader, Stack, Text, Title } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { createApi } from "../data/client.js";
import { useLiveUpdates } from "../data/live.js";
import { isAway, toProblem, type ApiProblem } from "../data/problem.js";
import { createQueries } from "../data/queries.js";
import {
  loadSession,
  loadSettings,
  roleIn,
  signInAddress,
  type Session,
  type Settings,
} from "../data/session.js";
import { WhoContext, type Who } from "../data/who.js";
import { rememberTenant, tenantToOpen } from "./tenant-choice.js";
import { NoTenant } from "./no-tenant.js";

interface Known {
  session: Session;
  settings: Settings;
  tenantId: string | null;
}

const againMs = 3_000;

/** Lets in who is signed in, everybody else is shown where to sign in. Everything inside knows who looks, in which tenant. */
export function Door({ children }: { children: ReactNode }) {
  const [known, setKnown] = useState<Known | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const open = async (): Promise<void> => {
      const session = await loadSession();
      if (session.must_change_password) return location.assign(signInAddress());
      const settings = await loadSettings();
      const tenantId = await tenantToOpen(session);
      if (!over) setKnown({ session, settings, tenantId });
    };
    open().catch((error: unknown) => {
      if (over) return;
      const met = toProblem(error);
      if (met.status === 401) return location.assign(signInAddress());
      setProblem(met);
      if (isAway(met)) timer = setTimeout(() => setAttempt((before) => before + 1), againMs);
    });
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [attempt]);

  if (!known)
    return problem ? <Closed problem={problem} onAgain={() => setAttempt(attempt + 1)} /> : <Opening />;
  const { tenantId } = known;
  if (tenantId === null) return <NoTenant session={known.session} onMade={() => setAttempt(attempt + 1)} />;
  const choose = (next: string): void => {
    rememberTenant(known.session, next);
    setKnown({ ...known, tenantId: next });
  };
  return (
    <Tenant key={tenantId} known={{ ...known, tenantId }} onChoose={choose}>
      {children}
    </Tenant>
  );
}

interface TenantProps {
  known: Known & { tenantId: string };
  onChoose: (tenantId: string) => void;
  children: ReactNode;
}

function Tenant({ known: { session, settings, tenantId }, onChoose, children }: TenantProps) {
  const queries = useMemo(() => createQueries(), []);
  const apis = useMemo(() => ({ api: createApi(tenantId), platform: createApi(null) }), [tenantId]);
  useLiveUpdates(tenantId, queries);
  const role = roleIn(session, tenantId) ?? "viewer";
  const who: Who = { session, settings, tenantId, role, ...apis, chooseTenant: onChoose };
  return (
    <WhoContext value={who}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </WhoContext>
  );
}

function Opening() {
  return (
    <Center mih="100vh" role="status" aria-label="Opening the dashboard">
      <Loader />
    </Center>
  );
}

function Closed({ problem, onAgain }: { problem: ApiProblem; onAgain: () => void }) {
  return (
    <Center mih="100vh" p="md" component="main">
      <Stack align="center" maw={480} role="alert">
        <Title order={1} size="h3">
          {problem.title}
        </Title>
        <Text ta="center">{problem.detail}</Text>
        {problem.requestId !== undefined && (
          <Text size="sm" c="dimmed">
            Request {problem.requestId}
          </Text>
        )}
        <Button onClick={onAgain}>Try again now</Button>
      </Stack>
    </Center>
  );
}
