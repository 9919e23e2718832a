import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { EmptyState } from "./states.js";

export interface NoneMatchProps {
  title: string;
  /** What there is without filters, such as `all contacts`. */
  show: string;
  onClear: () => void;
  children: ReactNode;
}

/** An empty list whose filters leave nothing: they can be taken away. */
export function NoneMatch({ title, show, onClear, children }: NoneMatchProps) {
  return (
    <EmptyState
      title={title}
      actions={
        <Button variant="default" onClick={onClear}>
          {`Show ${show}`}
        </Button>
      }
    >
      {children}
    </EmptyState>
  );
}
