import type { PlanResult } from "../../page-api.ts";
import { EdgeloomError } from "../../tensor/edgeloom-error.ts";
import { candidatesOf } from "./check-problem.ts";
import { type Footprint, footprintOf } from "./footprint.ts";
import { predict } from "./predict.ts";
import type { DeviceCapacity, PlanProblem, StageRange } from "./problem.ts";

/**
 * A placement made by hand, used as it is, with its predicted times; a device may have several ranges.
 * Infeasible when one can't hold what it is given. Throws InvalidRequest unless the ranges cover every layer once, in
 * order, on devices that compute; NoDevices.
 */
export function checkPlacement(problem: PlanProblem, ranges: readonly StageRange[]): PlanResult {
  const footprint = footprintOf(problem.cost, problem.contextTokens);
  const devices = candidatesOf(problem);
  checkCover(footprint.layers, ranges);
  const stranger = ranges.find(({ device }) => !devices.some(({ id }) => id === device));
  if (stranger)
    throw invalid(
      `device ${stranger.device} isn't here, doesn't compute, or hasn't measured its speed; there are ${devices.map(({ id }) => id).join(", ")}`,
    );
  return (
    overfull(footprint, devices, ranges) ?? { type: "placed", placement: predict(problem, footprint, ranges) }
  );
}

function checkCover(layers: number, ranges: readonly StageRange[]): void {
  let covered = 0;
  for (const { device, start, end } of ranges) {
    if (!(Number.isInteger(start) && Number.isInteger(end) && start < end))
      throw invalid(`[${start}, ${end}) of ${device} is no range of layers`);
    if (start !== covered)
      throw invalid(`${device} starts at layer ${start}, but the ranges before it end at ${covered}`);
    covered = end;
  }
  if (covered !== layers) throw invalid(`the ranges end at layer ${covered} of ${layers}`);
}

/** The device that lacks most, and how much; null when each holds all its ranges. */
function overfull(
  footprint: Footprint,
  devices: readonly DeviceCapacity[],
  ranges: readonly StageRange[],
): PlanResult | null {
  const lacks = devices.map(({ id, budgetBytes }) => {
    const mine = ranges.filter(({ device }) => device === id);
    const bytes = mine.reduce((sum, { start, end }) => sum + footprint.bytes(start, end), 0);
    return { id, bytes, budgetBytes, missingBytes: Math.ceil(bytes - budgetBytes) };
  });
  const worst = lacks.reduce((most, other) => (other.missingBytes > most.missingBytes ? other : most));
  if (worst.missingBytes <= 0) return null;
  const reason = `its layers and their caches take ${worst.bytes} bytes of device ${worst.id}, which has ${worst.budgetBytes}: ${worst.missingBytes} bytes are missing; give it fewer layers, or more memory`;
  return { type: "infeasible", missingBytes: worst.missingBytes, reason };
}

const invalid = (fact: string): EdgeloomError =>
  new EdgeloomError(
    "InvalidRequest",
    `placement: ${fact}; give ranges [start, end) that cover every layer once, in order`,
  );
