import type { Device, Placement } from "../page-api.ts";
import { ErrorNote } from "./ErrorNote.tsx";
import { counted, formatBytes, formatGflops, formatLayers } from "./format.ts";
import { ProgressBar } from "./ProgressBar.tsx";

interface DeviceCardProps {
  readonly device: Device;
  readonly isSelf: boolean;
  readonly placement: Placement | null;
}

/** One device: what it is, what it holds, how full it is, and what went wrong there. */
export function DeviceCard({ device, isSelf, placement }: DeviceCardProps) {
  const k = placement?.stages.findIndex(({ devices }) => devices.includes(device.id)) ?? -1;
  return (
    <li
      className="device"
      data-testid="device"
      data-device={device.id}
      data-status={device.status}
      data-thread={k < 0 ? undefined : k % 8}
    >
      <div className="device-head">
        <span className="device-name">{device.name}</span>
        {isSelf ? <span className="tag">this tab</span> : null}
        <span className="status">
          <span className="dot" aria-hidden="true" />
          {device.status}
        </span>
      </div>
      <p className="device-facts number">{factsOf(device).join(" · ")}</p>
      {device.role === "device" ? <Holding device={device} placement={placement} /> : null}
      {device.loading ? (
        <div className="device-bar">
          <ProgressBar
            label={`Loading on ${device.name}`}
            part={device.loading.loadedBytes}
            whole={device.loading.totalBytes}
          />
          <span className="number">
            {formatBytes(device.loading.loadedBytes)} of {formatBytes(device.loading.totalBytes)}
          </span>
        </div>
      ) : null}
      {device.failure ? <ErrorNote failure={device.failure} isUrgent={false} /> : null}
    </li>
  );
}

function Holding({ device, placement }: Omit<DeviceCardProps, "isSelf">) {
  const stage = placement?.stages.find(({ devices }) => devices.includes(device.id));
  return (
    <dl className="device-rows">
      <div>
        <dt>Slice</dt>
        <dd className="number" data-testid="slice">
          {stage ? formatLayers(stage.start, stage.end) : "none"}
          {stage?.embedding ? <span className="mark-tag">embedding</span> : null}
          {stage?.head ? <span className="mark-tag">head</span> : null}
        </dd>
      </div>
      <div>
        <dt>Memory</dt>
        <dd className="number">
          {formatBytes(device.memoryUsedBytes)} of {formatBytes(device.memoryBudgetBytes)}
        </dd>
      </div>
    </dl>
  );
}

const roleTexts: Readonly<Record<Device["role"], string | null>> = {
  device: null,
  client: "only prompts",
  viewer: "only looks",
};

function factsOf(device: Device): readonly string[] {
  const facts = [
    roleTexts[device.role],
    ...(device.role === "device" ? meansOf(device) : []),
    device.visible ? null : "in the background, so slower",
  ];
  return facts.filter((fact) => fact !== null);
}

const meansOf = ({ backend, threads, gflops }: Device): readonly string[] => [
  backend === "webgpu" ? "WebGPU" : `WASM, ${counted(threads, "thread")}`,
  formatGflops(gflops),
];
