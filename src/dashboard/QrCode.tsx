import { useMemo } from "react";
import { encode } from "uqr";

/** Modules of quiet zone that scanners ask for. */
const border = 4;

/** A link as a QR code, always dark on light: scanners expect it, whatever the page's colours. */
export function QrCode({ text }: { readonly text: string }) {
  const { size, path } = useMemo(() => drawn(text), [text]);
  return (
    <svg
      className="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label="QR code of the link to this room"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#111" shapeRendering="crispEdges" />
    </svg>
  );
}

function drawn(text: string): { readonly size: number; readonly path: string } {
  const { size, data } = encode(text, { border });
  const runs = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return { size, path: runs.join("") };
}
