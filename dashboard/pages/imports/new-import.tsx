import {
  Alert,
  Autocomplete,
  Button,
  Checkbox,
  Group,
  Progress,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useNavigate } from "react-router";
import { inferMapping, type ImportMapping } from "../../../domain/import-columns.js";
import { answerOf } from "../../data/client.js";
import { toProblem, type ApiProblem } from "../../data/problem.js";
import { useWho } from "../../data/who.js";
import { share } from "../../parts/numbers.js";
import { PageHeader } from "../../parts/page-header.js";
import { Panel } from "../../parts/panel.js";
import { ProblemState } from "../../parts/states.js";
import { tellDone } from "../../parts/telling.js";
import { ColumnMapping } from "./column-mapping.js";
import { FileDrop } from "./file-drop.js";
import { readSample, type Sample } from "./sample.js";
import { uploadImport } from "./upload.js";

export function NewImport() {
  const { api, platform, session, tenantId } = useWho();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [file, setFile] = useState<File | null>(null);
  const [sample, setSample] = useState<Sample | null>(null);
  const [url, setUrl] = useState("");
  const [hasHeader, setHasHeader] = useState(true);
  const [fields, setFields] = useState<string[]>([]);
  const [list, setList] = useState("");
  const [sent, setSent] = useState<number | null>(null);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const abort = useRef<AbortController | null>(null);
  const lists = useQuery({
    queryKey: ["lists", "names"],
    queryFn: ({ signal }) => answerOf(api.GET("/api/lists", { params: { query: { limit: 1_000 } }, signal })),
  });

  const choose = async (chosen: File): Promise<void> => {
    setFile(chosen);
    setProblem(null);
    const read = await readSample(chosen);
    setSample(read);
    setFields(read ? fieldsOf(inferMapping(read.header), read.header.length) : []);
  };
  const mapping = sample && mappingOf(fields);
  const start = async (): Promise<void> => {
    setProblem(null);
    abort.current = new AbortController();
    try {
      const row = file
        ? await uploadImport({
            ...{ file, tenantId, onProgress: setSent, signal: abort.current.signal },
            said: {
              has_header: String(hasHeader),
              ...(list.trim() !== "" && { list: list.trim() }),
              ...(mapping && { mapping: JSON.stringify(mapping) }),
            },
          })
        : await answerOf(
            platform.POST("/api/imports", {
              body: {
                url: url.trim(),
                tenant_id: tenantId,
                ...(list.trim() !== "" && { list: list.trim() }),
              },
            }),
          );
      tellDone("The import has begun.");
      await queries.invalidateQueries({ queryKey: ["imports"] });
      void navigate(`/imports/${row.import_id}`);
    } catch (error) {
      if (!(error instanceof DOMException)) setProblem(toProblem(error));
    } finally {
      setSent(null);
    }
  };
  const unmapped = sample !== null && !fields.includes("email");
  return (
    <>
      <PageHeader title="Import a file" trail={[{ title: "Imports", to: "/imports" }]} />
      <Stack maw={900}>
        <Panel title="File">
          <Stack>
            <FileDrop file={file} onFile={(chosen) => void choose(chosen)} />
            {session.user.admin && !file && (
              <TextInput
                label="Or where it lies in S3"
                description="Read with the platform’s rights; columns are taken from the header row"
                placeholder="s3://bucket/key.csv"
                value={url}
                onChange={(event) => setUrl(event.currentTarget.value)}
              />
            )}
          </Stack>
        </Panel>
        {file && (
          <Panel title="Columns">
            <Stack>
              <Checkbox
                label="The first row has the names of the columns"
                checked={hasHeader}
                onChange={(event) => setHasHeader(event.currentTarget.checked)}
              />
              {sample ? (
                <ColumnMapping {...{ sample, hasHeader, fields }} onChange={setFields} />
              ) : (
                <Text size="sm">
                  What is in this file is not seen from here: its columns are taken from the header row.
                </Text>
              )}
              {unmapped && (
                <Alert color="orange" title="No column becomes email">
                  Say which column has the addresses.
                </Alert>
              )}
            </Stack>
          </Panel>
        )}
        <Panel title="List">
          <Autocomplete
            label="Put everybody on a list"
            description="One that is there, or the name of a new one; empty: on none"
            data={lists.data?.data.map(({ name }) => name) ?? []}
            value={list}
            onChange={setList}
            limit={50}
            maw={360}
          />
        </Panel>
        {problem && <ProblemState problem={problem} />}
        {sent !== null && (
          <Stack gap={4} role="status">
            <Progress value={sent * 100} aria-label="Sent of the file" />
            <Text size="sm">
              {sent < 1 ? `${share(sent)} sent` : "All of it is sent; the import begins when it is stored."}
            </Text>
          </Stack>
        )}
        <Group justify="flex-end">
          {sent !== null ? (
            <Button variant="default" onClick={() => abort.current?.abort()}>
              Cancel the upload
            </Button>
          ) : (
            <Button onClick={() => void start()} disabled={(!file && url.trim() === "") || unmapped}>
              Start the import
            </Button>
          )}
        </Group>
      </Stack>
    </>
  );
}

function fieldsOf(mapping: ImportMapping, width: number): string[] {
  return Array.from({ length: width }, (_, column) => mapping[`col_${column}`] ?? "");
}

function mappingOf(fields: readonly string[]): ImportMapping {
  return Object.fromEntries(
    fields.flatMap((field, column) => (field.trim() === "" ? [] : [[`col_${column}`, field.trim()]])),
  );
}
