import type { SwarmSnapshot } from "../page-api.ts";
import { DeviceCard } from "./DeviceCard.tsx";
import { Panel } from "./Panel.tsx";

/** Everyone in the room, this tab first. */
export function Devices({ snapshot }: { readonly snapshot: SwarmSnapshot }) {
  const { devices, self, placement } = snapshot;
  const ordered = [...devices].sort((a, b) => Number(b.id === self) - Number(a.id === self));
  const isAlone = devices.length === 1 && devices[0]?.id === self && devices[0].status !== "joining";
  return (
    <Panel title="Devices" className="devices" aside={<span className="count number">{devices.length}</span>}>
      <ul className="device-list">
        {ordered.map((device) => (
          <DeviceCard key={device.id} device={device} isSelf={device.id === self} placement={placement} />
        ))}
      </ul>
      {devices.length === 0 ? <p className="hint">Nobody is here yet: this tab is still joining.</p> : null}
      {isAlone ? (
        <p className="hint teach">
          You are alone in this room. Open another tab, or join with a phone (both under Join): then a model
          can be shared out.
        </p>
      ) : null}
    </Panel>
  );
}
