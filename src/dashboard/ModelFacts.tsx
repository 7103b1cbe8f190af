import type { ModelFacts as Facts } from "../page-api.ts";
import type { BundledModel } from "./bundled-model.ts";
import { counted, formatBytes } from "./format.ts";

interface ModelFactsProps {
  readonly facts: Facts;
  readonly models: readonly BundledModel[];
}

/** The placed model in one glance. */
export function ModelFacts({ facts, models }: ModelFactsProps) {
  const title = models.find(({ ref }) => ref === facts.ref)?.title ?? facts.ref;
  const parts = [
    facts.family,
    counted(facts.layers, "layer"),
    `hidden ${facts.hiddenSize.toLocaleString("en")}`,
    `vocabulary ${facts.vocabularySize.toLocaleString("en")}`,
    `context ${facts.contextLength.toLocaleString("en")}`,
    formatBytes(facts.weightBytes),
    facts.chat ? "chat" : "completion only",
  ];
  return (
    <div className="model-facts" data-testid="model">
      <p className="model-title" title={facts.ref}>
        {title}
      </p>
      <p className="hint number">{parts.join(" · ")}</p>
    </div>
  );
}
