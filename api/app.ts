import compression from "compression";
import express, { type Express, type Router } from "express";
import helmet, { type HelmetOptions } from "helmet";
import type { Logger } from "pino";
import type { Tracing } from "../runtime/tracing.js";
import { createBounceRoutes } from "./bounces.js";
import { createCallbackRoutes, type CallbackRoutePorts } from "./callbacks.js";
import { createCodecRoutes, type CodecRoutePorts } from "./codec.js";
import { createDashboardRoutes, type DashboardPorts } from "./dashboard.js";
import { createPreviewFrame } from "./preview-frame.js";
import { createDmarcRoutes } from "./dmarc.js";
import type { DmarcMetrics } from "./dmarc-metrics.js";
import { documentedRoutes } from "./documented/index.js";
import { createCsvDownloads } from "./csv-downloads.js";
import { createExportDownload, type DownloadPorts } from "./exports.js";
import { createUploadRoutes, isUpload } from "./imports.js";
import { createHealthRoutes } from "./health.js";
import { answerProblems, createProblem, sendProblem } from "./problems.js";
import { createMetricsRoutes, type MetricsRoutePorts } from "./metrics.js";
import { createOperationRoutes, type OperationPorts } from "./operation-routes.js";
import { operations } from "./operations/index.js";
import { createReferenceRoutes } from "./reference.js";
import { identifyRequests } from "./request-id.js";
import { refuseSlowBodies } from "./slow-bodies.js";
import { traceRequests } from "./traced-requests.js";
import { createTrackingRoutes, type TrackingPorts } from "./tracking.js";
import { createUnsubscribeRoutes, type UnsubscribePorts } from "./unsubscribe.js";

export interface AppPorts {
  /** Milliseconds that a body may take; absent: what is usual. */
  slowMs?: number | undefined;
  tracking: TrackingPorts;
  unsubscribe: UnsubscribePorts;
  listening: Omit<CallbackRoutePorts, "log">;
  links: DownloadPorts["links"];
  asking: OperationPorts;
  live: Router;
  dashboard: Omit<DashboardPorts, "authentication">;
  decoding: CodecRoutePorts;
  measuring: MetricsRoutePorts & { dmarc: DmarcMetrics };
  /** Where callers find the API. */
  publicUrl: string;
  /** For people. */
  signingIn: readonly Router[];
  /** In front of it. */
  trustedProxies: number;
  isReady(): Promise<boolean>;
  log: Logger;
  /** Absent: nothing is traced. */
  tracing?: Tracing | undefined;
}

/**
 * Pages allow what they need by a policy of their own; pixels of opens are shown by pages of others, the mail readers. No
 * other origin may read anything (no CORS).
 */
const headers: HelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  crossOriginResourcePolicy: false,
  strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
};

/** The HTTP side: routes, and what holds for every answer. */
export function createApp(ports: AppPorts): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  // `?u[x]=1` stays a string key: nothing here takes nested input.
  app.set("query parser", "simple");
  app.set("trust proxy", ports.trustedProxies);
  const { log, tracing } = ports;
  if (tracing) app.use(traceRequests(tracing));
  const traceId = tracing && (() => tracing.api.trace.getActiveSpan()?.spanContext().traceId);
  app.use(identifyRequests({ log, traceId }));
  app.use(helmet(headers));
  app.use(compression());
  app.use(refuseSlowBodies(isUpload, ports.slowMs));
  app.use(createHealthRoutes(() => ports.isReady()));
  app.use(createMetricsRoutes(ports.measuring));
  app.use(createCodecRoutes(ports.decoding));
  app.use(createTrackingRoutes(ports.tracking));
  app.use(createUnsubscribeRoutes(ports.unsubscribe));
  app.use(createCallbackRoutes({ ...ports.listening, log: ports.log }));
  app.use(createUploadRoutes(ports.asking));
  app.use(createDmarcRoutes(ports.asking, ports.measuring.dmarc));
  app.use(createCsvDownloads(ports.asking));
  app.use(createExportDownload({ ...ports.asking, links: ports.links }));
  app.use(createBounceRoutes(ports.asking));
  for (const routes of ports.signingIn) app.use(routes);
  app.use(createReferenceRoutes({ operations, routes: documentedRoutes }, ports.publicUrl));
  app.use(createPreviewFrame());
  app.use(createDashboardRoutes({ ...ports.dashboard, authentication: ports.asking.authentication }));
  app.use(ports.live);
  app.use(createOperationRoutes(ports.asking, operations));
  app.use((request, response) =>
    sendProblem(request, response, createProblem(404, "There is nothing here.")),
  );
  app.use(answerProblems(log));
  return app;
}
