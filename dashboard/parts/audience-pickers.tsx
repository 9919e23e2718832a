import { Select, type SelectProps } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { answerOf } from "../data/client.js";
import { useApi } from "../data/who.js";

export interface PickerProps extends Pick<
  SelectProps,
  "label" | "placeholder" | "required" | "error" | "description"
> {
  /** A name; empty: none. */
  value: string;
  onChange: (name: string) => void;
}

/** As many names as are looked through; a search narrows what is shown of them. */
const mostNames = 1_000;
const mostShown = 100;

/** One of the tenant's lists, by name. */
export function ListPicker(props: PickerProps) {
  const api = useApi();
  const { data } = useQuery({
    queryKey: ["lists", "names"],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/lists", { params: { query: { limit: mostNames } }, signal })),
  });
  return (
    <NamePicker
      label="List"
      {...props}
      names={data?.data.map(({ name }) => name)}
      none="There is no list yet"
    />
  );
}

/** One of the tenant's segments, by name. */
export function SegmentPicker(props: PickerProps) {
  const api = useApi();
  const { data } = useQuery({
    queryKey: ["segments", "names"],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/segments", { params: { query: { limit: mostNames } }, signal })),
  });
  return (
    <NamePicker
      label="Segment"
      {...props}
      names={data?.data.map(({ name }) => name)}
      none="There is no segment yet"
    />
  );
}

function NamePicker({
  names = [],
  none,
  value,
  onChange,
  ...rest
}: PickerProps & { names?: string[] | undefined; none: string }) {
  // A name of the address stays, also before the names have come.
  const known = value === "" || names.includes(value) ? names : [value, ...names];
  return (
    <Select
      {...rest}
      data={known}
      value={value === "" ? null : value}
      onChange={(name) => onChange(name ?? "")}
      searchable
      clearable
      limit={mostShown}
      nothingFoundMessage={names.length === 0 ? none : "None has this in its name"}
      w={220}
    />
  );
}
