import { X509Certificate } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { generate } from "selfsigned";
import type { OwnHosts } from "./address.ts";

const dayMs = 24 * 3600 * 1000;
/** Browsers refuse server certificates that live longer than 398 days. */
const lifetimeMs = 365 * dayMs;
/** Renewed this long before the end, so that a workshop doesn't run into it. */
const marginMs = 14 * dayMs;

/** A private key and its self-signed certificate, both PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface CertificateRequest {
  readonly hosts: OwnHosts;
  /** Where it is kept between starts, so that a phone's exception stays valid. */
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** The kept certificate while it covers all hosts and is not about to end; else a new one, kept in its place. */
export async function certificateFor(request: CertificateRequest): Promise<Certificate> {
  const path = join(request.folder, "lan-certificate.pem");
  const kept = await readKept(path);
  if (kept && isGood(kept, request)) return kept;
  const fresh = await createCertificate(request);
  await mkdir(request.folder, { recursive: true });
  // Written aside and renamed: a start that is killed midway leaves the old file or the new one, never half of one.
  const aside = `${path}.${process.pid}`;
  await writeFile(aside, fresh.key + fresh.cert, { mode: 0o600 });
  await rename(aside, path);
  return fresh;
}

async function readKept(path: string): Promise<Certificate | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  const start = text.indexOf("-----BEGIN CERTIFICATE-----");
  return start > 0 ? { key: text.slice(0, start), cert: text.slice(start) } : undefined;
}

/** Whether a certificate covers every host now and for a while, and its key is its own. */
function isGood(certificate: Certificate, { hosts, nowMs }: CertificateRequest): boolean {
  try {
    const x509 = new X509Certificate(certificate.cert);
    // Throws when the key is unreadable or belongs to another certificate.
    createSecureContext(certificate);
    const coversAll =
      hosts.names.every((name) => x509.checkHost(name) !== undefined) &&
      hosts.addresses.every((address) => x509.checkIP(address) !== undefined);
    return coversAll && Date.parse(x509.validFrom) <= nowMs && nowMs + marginMs < Date.parse(x509.validTo);
  } catch {
    return false;
  }
}

async function createCertificate({ hosts, nowMs }: CertificateRequest): Promise<Certificate> {
  const made = await generate([{ name: "commonName", value: "Edgeloom on this machine" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    // A day back: the clock of a phone may be behind.
    notBeforeDate: new Date(nowMs - dayMs),
    notAfterDate: new Date(nowMs - dayMs + lifetimeMs),
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          ...hosts.names.map((value) => ({ type: 2 as const, value })),
          ...hosts.addresses.map((ip) => ({ type: 7 as const, ip })),
        ],
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}
