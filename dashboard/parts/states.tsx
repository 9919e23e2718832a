import { Alert, Button, Center, Code, Group, Skeleton, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconAlertTriangle, IconInbox } from "@tabler/icons-react";
import type { ComponentType, ReactNode } from "react";
import type { UseQueryResult } from "@tanstack/react-query";
import { toProblem, type ApiProblem } from "../data/problem.js";

export interface EmptyStateProps {
  icon?: ComponentType<{ size?: number | string; stroke?: number | string }>;
  title: string;
  /** What to do, so that there is something. */
  children: ReactNode;
  actions?: ReactNode;
}

/** There is nothing here, and what to do about it. */
export function EmptyState({ icon: Icon = IconInbox, title, children, actions }: EmptyStateProps) {
  return (
    <Center py="xl" px="md">
      <Stack align="center" gap="sm" maw={460}>
        <ThemeIcon size={52} radius="xl" variant="light" color="gray" aria-hidden>
          <Icon size={26} stroke={1.5} />
        </ThemeIcon>
        <Title order={2} size="h4" ta="center">
          {title}
        </Title>
        <Text ta="center" c="var(--floe-quiet)" component="div">
          {children}
        </Text>
        {actions !== undefined && <Group justify="center">{actions}</Group>}
      </Stack>
    </Center>
  );
}

/** In the place of what is coming, and about its size. */
export function LoadingState({ rows = 6, label = "Loading" }: { rows?: number; label?: string }) {
  return (
    <Stack gap="sm" role="status" aria-label={label} py="sm">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={28} radius="sm" width={row === 0 ? "40%" : "100%"} />
      ))}
    </Stack>
  );
}

export interface ProblemStateProps {
  problem: ApiProblem;
  onAgain?: (() => void) | undefined;
  actions?: ReactNode;
}

/** What could not be shown, why, and what to quote to whoever looks into it. */
export function ProblemState({ problem, onAgain, actions }: ProblemStateProps) {
  return (
    <Alert color="red" icon={<IconAlertTriangle />} title={problem.title} role="alert" my="sm">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{problem.detail}</Text>
        {problem.fields.length > 0 && (
          <ul>
            {problem.fields.map(({ field, problem: what }) => (
              <li key={`${field} ${what}`}>
                <Code>{field}</Code> {what}
              </li>
            ))}
          </ul>
        )}
        {problem.requestId !== undefined && (
          <Text size="xs">
            Request <Code>{problem.requestId}</Code>: the API’s log has more under this id.
          </Text>
        )}
        {onAgain && (
          <Button size="xs" variant="default" onClick={onAgain}>
            Try again
          </Button>
        )}
        {actions}
      </Stack>
    </Alert>
  );
}

export interface QueryStateProps<T> {
  query: UseQueryResult<T>;
  /** In the place of what is coming; default: some lines. */
  loading?: ReactNode;
  children: (data: T) => ReactNode;
}

/** Loading, then what came or why it did not. What was shown once stays while it is asked again. */
export function QueryState<T>({ query, loading = <LoadingState />, children }: QueryStateProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError)
    return <ProblemState problem={toProblem(query.error)} onAgain={() => void query.refetch()} />;
  return loading;
}
