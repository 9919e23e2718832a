import { gzipSync } from "node:zlib";
import yazl from "yazl";

/** Shapes of well-known reporters, as their documents and their reports have them. */
const yesterday = Math.floor(Date.now() / 86_400_000) * 86_400 - 86_400;

export interface Row {
  ip: string;
  count: number;
  dkim: "pass" | "fail";
  spf: "pass" | "fail";
  disposition?: string;
  /** A domain that DKIM passed for. */
  signedBy?: string;
}

export const rowsOfDay: Row[] = [
  { ip: "45.67.89.10", count: 180, dkim: "pass", spf: "pass" },
  { ip: "203.0.113.9", count: 12, dkim: "fail", spf: "fail", disposition: "quarantine" },
  { ip: "2001:db8::25", count: 8, dkim: "fail", spf: "fail", signedBy: "esp.example" },
];

export interface SampleInput {
  domain: string;
  id?: string;
  org?: string;
  rows?: Row[];
  policy?: string;
  begin?: number;
}

export function google({
  domain,
  id = "1",
  org = "google.com",
  rows = rowsOfDay,
  policy = "<p>none</p>",
  begin = yesterday,
}: SampleInput): string {
  return `<?xml version="1.0" encoding="UTF-8" ?>
<feedback>
  <report_metadata>
    <org_name>${org}</org_name>
    <email>noreply-dmarc-support@google.com</email>
    <extra_contact_info>https://support.google.com/a/answer/2466580</extra_contact_info>
    <report_id>${id}</report_id>
    <date_range><begin>${begin}</begin><end>${begin + 86_399}</end></date_range>
  </report_metadata>
  <policy_published>
    <domain>${domain}</domain><adkim>r</adkim><aspf>r</aspf>${policy}<sp>none</sp><pct>100</pct>
  </policy_published>
  ${rows.map((row) => recordOf(domain, row)).join("\n  ")}
</feedback>
`;
}

function recordOf(domain: string, { ip, count, dkim, spf, disposition = "none", signedBy }: Row): string {
  return `<record>
    <row>
      <source_ip>${ip}</source_ip><count>${count}</count>
      <policy_evaluated><disposition>${disposition}</disposition><dkim>${dkim}</dkim><spf>${spf}</spf></policy_evaluated>
    </row>
    <identifiers><header_from>${domain}</header_from></identifiers>
    <auth_results>
      <dkim><domain>${signedBy ?? domain}</domain><result>${signedBy ? "pass" : dkim}</result><selector>s1</selector></dkim>
      <spf><domain>bounce.${domain}</domain><result>${spf}</result></spf>
    </auth_results>
  </record>`;
}

const metadata = (org: string, range: string): string =>
  `<report_metadata><org_name>${org}</org_name><email>d@r.example</email><report_id>x!1</report_id><date_range>${range}</date_range></report_metadata>`;
const range = `<begin>${yesterday}</begin><end>${yesterday + 86_400}</end>`;
const row = (ip: string, more = ""): string =>
  `<row><source_ip>${ip}</source_ip><count>3</count><policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf>${more}</policy_evaluated></row>`;

/** By reporter; each says of 3 messages of one source that DKIM is aligned and SPF is not. */
export const shapes: Record<string, string> = {
  Yahoo: `<?xml version="1.0"?>
<feedback>
${metadata("Yahoo", range)}
<policy_published><domain>shop.example</domain><adkim>r</adkim><aspf>r</aspf><p>reject</p><pct>100</pct></policy_published>
<record>${row("192.0.2.1")}<identifiers><header_from>shop.example</header_from></identifiers>
<auth_results><dkim><domain>shop.example</domain><selector>s1</selector><result>pass</result></dkim><spf><domain>x.example</domain><result>softfail</result></spf></auth_results></record>
</feedback>`,
  Microsoft: `<?xml version="1.0"?>
<feedback xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><version>1.0</version>${metadata("Enterprise Outlook", range)}<policy_published><domain>shop.example</domain><adkim>r</adkim><aspf>r</aspf><p>reject</p><sp>reject</sp><pct>100</pct><fo>0</fo></policy_published><record>${row("192.0.2.1")}<identifiers><envelope_to>outlook.example</envelope_to><envelope_from>bounce.x.example</envelope_from><header_from>shop.example</header_from></identifiers><auth_results><dkim><domain>shop.example</domain><selector>s1</selector><result>pass</result></dkim><spf><domain>x.example</domain><scope>mfrom</scope><result>fail</result></spf></auth_results></record></feedback>`,
  "Mail.ru": `<?xml version='1.0' encoding='UTF-8'?>
<feedback>${metadata("Mail.Ru", range)}<policy_published><domain>shop.example</domain><adkim>r</adkim><aspf>r</aspf><p>reject</p><sp>reject</sp><pct>100</pct></policy_published><record>${row("192.0.2.1", "<reason><type>forwarded</type><comment></comment></reason>")}<identifiers><header_from>shop.example</header_from></identifiers><auth_results><dkim><domain>shop.example</domain><selector>s1</selector><result>pass</result></dkim><spf><domain>x.example</domain><scope>mfrom</scope><result>none</result></spf></auth_results></record></feedback>`,
  "AOL, in Windows-1252": `<?xml version="1.0" encoding="windows-1252"?>
<feedback xmlns:ns1='http://dmarc.org/dmarc-xml/0.1'>${metadata("AOL", range)}<policy_published><domain>SHOP.example.</domain><p>reject</p></policy_published><record>${row("192.0.2.1")}<identities><header_from>shop.example</header_from></identities></record></feedback>`,
  "RFC 9990": `<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0"><version>1.0</version>${metadata("New", range).replace("</date_range>", "</date_range><generator>g 1.2</generator>")}<policy_published><domain>shop.example</domain><p>reject</p><sp>none</sp><np>reject</np><adkim>s</adkim><testing>y</testing><discovery_method>treewalk</discovery_method></policy_published><extension><x:a xmlns:x="urn:x">kept by others</x:a></extension><record>${row("192.0.2.1")}<identifiers><envelope_from>shop.example</envelope_from><header_from>shop.example</header_from></identifiers><auth_results><dkim><domain>shop.example</domain><selector>s1</selector><result>pass</result><human_result>2048-bit key</human_result></dkim><spf><domain>x.example</domain><scope>mfrom</scope><result>fail</result></spf></auth_results></record></feedback>`,
};

export function zipOf(files: Record<string, string | Buffer>): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    zip.outputStream.on("data", (chunk: Buffer) => chunks.push(chunk));
    zip.outputStream.on("end", () => resolve(Buffer.concat(chunks)));
    zip.outputStream.on("error", reject);
  });
}

/** As Google sends it: the message is the file. */
export function mailed(xml: string, domain: string): string {
  const body = gzipSync(xml).toString("base64").replace(/.{76}/g, "$&\r\n");
  return [
    "From: noreply-dmarc-support@google.example",
    "To: dmarc@floe.example",
    `Subject: Report domain: ${domain} Submitter: google.com Report-ID: 1`,
    "MIME-Version: 1.0",
    `Content-Type: application/gzip; name="google.com!${domain}!1!2.xml.gz"`,
    `Content-Disposition: attachment; filename="google.com!${domain}!1!2.xml.gz"`,
    "Content-Transfer-Encoding: base64",
    "",
    body,
    "",
  ].join("\r\n");
}
