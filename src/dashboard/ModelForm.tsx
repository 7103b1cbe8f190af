import { type SubmitEvent, useState } from "react";
import type { Device, Edgeloom } from "../page-api.ts";
import type { BundledModel } from "./bundled-model.ts";
import type { Choice } from "./choice.ts";
import { ModelSource } from "./ModelSource.tsx";
import { PlanPreview } from "./PlanPreview.tsx";
import { SpreadChoice } from "./SpreadChoice.tsx";
import { computing } from "./spread.ts";
import { usePlan } from "./use-plan.ts";
import { WireChoice } from "./WireChoice.tsx";

interface ModelFormProps {
  readonly edgeloom: Edgeloom;
  readonly devices: readonly Device[];
  readonly models: readonly BundledModel[];
  readonly isJoined: boolean;
  readonly isBusy: boolean;
  readonly onLoad: (choice: Choice) => void;
}

/** Which model, on which devices; shows the predicted placement before anything is loaded. */
export function ModelForm({ edgeloom, devices, models, isJoined, isBusy, onLoad }: ModelFormProps) {
  // Planning a typed reference asks its host for config.json: it waits until the person has finished typing.
  const [model, setModel] = useState(models[0]?.ref ?? "");
  const [spread, setSpread] = useState<Choice["spread"]>("fewest");
  const [wire, setWire] = useState<Choice["wire"]>("f32");
  const choice: Choice | null = model === "" ? null : { model, spread, wire };
  const preview = usePlan(edgeloom, isJoined && !isBusy ? choice : null, devices);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (choice && isJoined && !isBusy) onLoad(choice);
  };
  return (
    <form className="model-form" onSubmit={submit}>
      <ModelSource models={models} model={model} onModel={setModel} />
      <SpreadChoice spread={spread} onSpread={setSpread} deviceCount={computing(devices).length} />
      <details className="more">
        <summary>More</summary>
        <WireChoice wire={wire} onWire={setWire} />
      </details>
      {isBusy ? null : <PlanPreview preview={preview} devices={devices} />}
      <button type="submit" className="primary wide" disabled={!isJoined || isBusy || choice === null}>
        Load model
      </button>
    </form>
  );
}
