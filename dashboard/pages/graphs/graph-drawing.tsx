import { Skeleton } from "@mantine/core";
import { lazy, Suspense } from "react";
import type { DrawingProps } from "./drawing.js";

// The library that draws is loaded with the first graph.
const Drawing = lazy(async () => ({ default: (await import("./drawing.js")).Drawing }));

/** A graph as a picture: from the jobs that begin to those that end. */
export function GraphDrawing(props: DrawingProps) {
  return (
    <Suspense fallback={<Skeleton height={420} />}>
      <Drawing {...props} />
    </Suspense>
  );
}
