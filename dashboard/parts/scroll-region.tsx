import type { ReactNode } from "react";

export interface ScrollRegionProps {
  /** What is in it, for a screen reader. */
  label: string;
  maxHeight?: number;
  children: ReactNode;
}

/** What may be wider or higher than there is room for. It is reached by Tab, so that the keyboard scrolls it. */
export function ScrollRegion({ label, maxHeight, children }: ScrollRegionProps) {
  return (
    <div role="region" aria-label={label} tabIndex={0} style={{ overflow: "auto", maxHeight }}>
      {children}
    </div>
  );
}
