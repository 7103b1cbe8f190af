/** Says what doesn't work over plain http, and where it does. */
export function InsecureNotice({ secureUrl }: { readonly secureUrl: string | null }) {
  return (
    <div className="note note-warn" role="alert" data-testid="insecure">
      <p className="note-title">This page was opened without https, so this tab can't take part</p>
      <p>
        The browser withholds WebGPU, threads, storage and the cryptography that proves the room key from
        pages that come over plain http from another machine.
      </p>
      {secureUrl === null ? (
        <p>
          On the machine that serves it, run <code>npm run start:lan</code> and open the <code>https://</code>{" "}
          address that the terminal prints.
        </p>
      ) : (
        <p>
          Open it here instead: <a href={secureUrl}>{secureUrl}</a>. The browser warns about the certificate,
          because this server signed it itself; go on from there.
        </p>
      )}
    </div>
  );
}
