import dns2 from "dns2";

export type RecordType = "A" | "AAAA" | "TXT" | "MX" | "PTR" | "CNAME";

/**
 * What a name server says of one question: records (texts of TXT may be longer than 255 bytes; `10 mx.example` of MX),
 * `none`: there is no such name; `failed`: SERVFAIL; `silent`: nothing at all.
 */
export type ZoneAnswer = string[] | "none" | "failed" | "silent";

export interface ZoneServer {
  /** Address and port, for UDP and TCP. */
  server: string;
  /** `A name`, in order. */
  asked: string[];
  /** What is answered from now on. */
  zone: (name: string, type: RecordType) => ZoneAnswer;
  close(): Promise<void>;
}

const { Packet } = dns2;
const types = new Map<number, RecordType>(
  (["A", "AAAA", "TXT", "MX", "PTR", "CNAME"] as const).map((type) => [Packet.TYPE[type], type]),
);

/** A name server on 127.0.0.1 whose answers a test writes. */
export async function startZoneServer(zone: ZoneServer["zone"]): Promise<ZoneServer> {
  const running: ZoneServer = { server: "", asked: [], zone, close: async () => undefined };
  const server = dns2.createServer({ udp: true, tcp: true });
  server.on("request", (request, send) => {
    const response = Packet.createResponseFromRequest(request);
    const [question] = request.questions;
    const type = types.get(Number(question?.type));
    const name = (question?.name ?? "").toLowerCase();
    if (type) running.asked.push(`${type} ${name}`);
    const answer = type ? running.zone(name, type) : "none";
    if (answer === "silent") return;
    if (answer === "failed") response.header.rcode = 2;
    else if (answer === "none") response.header.rcode = 3;
    else for (const record of answer) response.answers.push(recordOf(name, type ?? "A", record) as never);
    void send(response);
  });
  const { udp } = await listen(server);
  running.server = `127.0.0.1:${udp}`;
  running.close = async () => void (await server.close());
  return running;
}

/** The same port for both, as a resolver expects that has to ask again by TCP. */
async function listen(server: ReturnType<typeof dns2.createServer>): Promise<{ udp: number }> {
  const loopback = { address: "127.0.0.1", port: 0 };
  const { createServer } = await import("node:net");
  const free = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => free.once("listening", resolve));
  const { port } = free.address() as { port: number };
  await new Promise((resolve) => free.close(resolve));
  await server.listen({ udp: { ...loopback, port }, tcp: { ...loopback, port } });
  return { udp: port };
}

function recordOf(name: string, type: RecordType, text: string): Record<string, unknown> {
  const common = { name, type: Packet.TYPE[type], class: Packet.CLASS.IN, ttl: 0 };
  switch (type) {
    case "A":
    case "AAAA":
      return { ...common, address: text };
    case "TXT":
      return { ...common, data: text.match(/.{1,255}/gs) ?? [""] };
    case "MX": {
      const [priority, exchange] = text.split(" ");
      return { ...common, priority: Number(priority), exchange };
    }
    case "PTR":
    case "CNAME":
      return { ...common, domain: text };
  }
}
