import { Progress } from "@mantine/core";
import { useEffect, useState } from "react";

/** A page that opens at once needs no bar. */
const shownAfterMs = 200;

/** That the next page is on its way. */
export function OpenProgress({ busy }: { busy: boolean }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!busy) return undefined;
    const timer = setTimeout(() => setLate(true), shownAfterMs);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [busy]);
  if (!busy || !late) return null;
  return (
    <Progress
      value={100}
      animated
      size={2}
      radius={0}
      pos="absolute"
      left={0}
      right={0}
      bottom={-1}
      aria-label="The page opens"
    />
  );
}
