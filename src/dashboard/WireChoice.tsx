import { useId } from "react";
import type { Choice } from "./choice.ts";

const formats: readonly { readonly wire: Choice["wire"]; readonly title: string }[] = [
  { wire: "f32", title: "f32: exact" },
  { wire: "f16", title: "f16: half the bytes" },
  { wire: "q8", title: "q8: a quarter of the bytes" },
];

interface WireChoiceProps {
  readonly wire: Choice["wire"];
  readonly onWire: (wire: Choice["wire"]) => void;
}

/** How hidden states cross from device to device. */
export function WireChoice({ wire, onWire }: WireChoiceProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>Wire format</label>
      <select
        id={id}
        value={wire}
        onChange={(event) => {
          const chosen = formats.find((format) => format.wire === event.target.value);
          if (chosen) onWire(chosen.wire);
        }}
      >
        {formats.map((format) => (
          <option key={format.wire} value={format.wire}>
            {format.title}
          </option>
        ))}
      </select>
    </div>
  );
}
