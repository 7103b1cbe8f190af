import { useId } from "react";
import type { Choice } from "./choice.ts";
import { counted } from "./format.ts";

interface SpreadChoiceProps {
  readonly spread: Choice["spread"];
  readonly onSpread: (spread: Choice["spread"]) => void;
  /** Devices that can take a slice. */
  readonly deviceCount: number;
}

/** Few devices are quicker; all of them show what the room can do. */
export function SpreadChoice({ spread, onSpread, deviceCount }: SpreadChoiceProps) {
  const group = useId();
  return (
    <fieldset className="choices choices-inline">
      <legend>Devices</legend>
      <label className="choice">
        <input type="radio" name={group} checked={spread === "fewest"} onChange={() => onSpread("fewest")} />
        <span>
          <span className="choice-title">Fewest that fit</span>
          <span className="hint">Quickest</span>
        </span>
      </label>
      <label className="choice">
        <input type="radio" name={group} checked={spread === "all"} onChange={() => onSpread("all")} />
        <span>
          <span className="choice-title">Spread over all devices</span>
          <span className="hint">
            {deviceCount > 0
              ? `Layers shared evenly by ${counted(deviceCount, "device")}`
              : "Layers shared evenly"}
          </span>
        </span>
      </label>
    </fieldset>
  );
}
