import { EdgeloomError } from "../edgeloom-error.ts";

const bundledId = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const hubRef = /^hf:([A-Za-z0-9][\w.-]*)\/([A-Za-z0-9][\w.-]*)(?:@([A-Za-z0-9][\w./-]*))?$/;
/** Written with these, a path can mean another than it seems: a climb, an empty segment, or an encoded dot, slash, backslash, per cent or NUL. */
const pathTrick = /\.\.|\/\/|\\|%(?:2e|2f|5c|25|00)/i;

/**
 * The folder (with a final slash) that a model reference stands for: `<base>models/<id>/` for a bundled id, the hub's for
 * `hf:owner/name[@revision]`, else the http(s) URL itself. `base` ends with a slash. Throws InvalidRequest for anything else.
 */
export function resolveModelRef(ref: string, base: string): { readonly url: string } {
  if (ref.length > 2000) throw invalid(`${ref.slice(0, 80)}…`, "is longer than 2000 characters");
  if (/^https?:\/\//i.test(ref)) return { url: folderUrl(ref) };
  if (pathTrick.test(ref)) throw invalid(ref, "holds a path trick");
  const [, owner, name, revision = "main"] = hubRef.exec(ref) ?? [];
  if (owner !== undefined && name !== undefined)
    return { url: `https://huggingface.co/${owner}/${name}/resolve/${encodeURIComponent(revision)}/` };
  if (bundledId.test(ref)) return { url: `${base}models/${ref}/` };
  throw invalid(ref, "is none of these");
}

function folderUrl(ref: string): string {
  if (pathTrick.test(ref.replace(/^https?:\/\//i, ""))) throw invalid(ref, "holds a path trick");
  const url = URL.canParse(ref) ? new URL(ref) : null;
  if (url === null) throw invalid(ref, "is no URL");
  if (url.username !== "" || url.password !== "") throw invalid(ref, "holds a user name or password");
  if (ref.includes("?") || ref.includes("#"))
    throw invalid(ref, "has a query or fragment, which a folder's files can't share");
  if (/\.(?:json|safetensors)$/.test(url.pathname))
    throw invalid(ref, "is a file; give the folder that holds it");
  const [, owner, name] = /^\/([^/]+)\/([^/]+)\/?$/.exec(url.pathname) ?? [];
  if (url.hostname === "huggingface.co" && owner !== undefined && name !== undefined)
    throw invalid(ref, `is a page; write hf:${owner}/${name}`);
  return url.href.endsWith("/") ? url.href : `${url.href}/`;
}

const invalid = (ref: string, fact: string): EdgeloomError =>
  new EdgeloomError(
    "InvalidRequest",
    `model ${JSON.stringify(ref)} ${fact}; a model is a bundled id, hf:owner/name[@revision], or the http(s) URL of a folder`,
  );
