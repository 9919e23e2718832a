import { useEffect } from "react";
import { isRouteErrorResponse, Link, useRouteError } from "react-router";
import { Button, Group } from "@mantine/core";
import { toProblem } from "../data/problem.js";
import { ProblemState } from "../parts/states.js";
import { PageHeader } from "../parts/page-header.js";

const reloadedKey = "floe-reloaded";

/** A page that could not be shown; the navigation around it stays. */
export function PageFailed() {
  const error = useRouteError();
  const stale = isOldChunk(error);
  useEffect(() => {
    // The server has another version of the dashboard by now: once, the page is loaded anew.
    if (!stale || sessionStorage.getItem(reloadedKey) !== null) return;
    sessionStorage.setItem(reloadedKey, "1");
    location.reload();
  }, [stale]);
  if (isRouteErrorResponse(error) && error.status === 404) return <NothingHere />;
  return (
    <ProblemState
      problem={toProblem(error)}
      actions={<Button onClick={() => location.reload()}>Load the page again</Button>}
    />
  );
}

export function NothingHere() {
  return (
    <>
      <PageHeader title="There is no such page" />
      <Group>
        <Button component={Link} to="/">
          Go to the overview
        </Button>
      </Group>
    </>
  );
}

function isOldChunk(error: unknown): boolean {
  return error instanceof TypeError && /dynamically imported module|module script/i.test(error.message);
}
