import { Select, type SelectProps } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { answerOf } from "../data/client.js";
import { useApi } from "../data/who.js";

export interface TemplatePickerProps extends Pick<SelectProps, "label" | "description" | "error"> {
  /** A name, or the id of one version, as a draft keeps it. */
  value: string;
  onChange: (name: string) => void;
}

const mostNames = 1_000;

/** One of the tenant's templates, by name. */
export function TemplatePicker({ value, onChange, ...rest }: TemplatePickerProps) {
  const api = useApi();
  const { data } = useQuery({
    queryKey: ["templates", "names"],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/templates", { params: { query: { limit: mostNames } }, signal })),
  });
  const names = (data?.data ?? []).map(({ name }) => ({ value: name, label: name }));
  const known = data !== undefined;
  const isVersion = value !== "" && !names.some((one) => one.value === value);
  const version = useQuery({
    queryKey: ["templates", "one", value],
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/templates/{template}", { params: { path: { template: value } }, signal })),
    enabled: known && isVersion,
    refetchInterval: false,
  });
  const own = version.data
    ? `${version.data.name}, version ${version.data.version}`
    : "The version that it has";
  return (
    <Select
      label="Template"
      description="Its latest version, as it is now"
      required
      searchable
      limit={100}
      data={isVersion ? [{ value, label: own }, ...names] : names}
      value={value === "" ? null : value}
      onChange={(name) => onChange(name ?? "")}
      nothingFoundMessage="No template has this in its name"
      {...rest}
    />
  );
}
