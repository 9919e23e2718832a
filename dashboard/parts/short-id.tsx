/** The end of an id: what tells it from those beside it, and what `Copyable` shows of it, too. */
export function ShortId({ id }: { id: string }) {
  return <span style={{ whiteSpace: "nowrap" }}>…{id.slice(-8)}</span>;
}
