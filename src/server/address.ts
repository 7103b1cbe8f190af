import { hostname, type NetworkInterfaceInfo, networkInterfaces } from "node:os";

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

/** Interfaces of containers and virtual machines: phones never reach us through them, so they come last. */
const isVirtual = (name: string): boolean =>
  /^(docker|br-|veth|virbr|vmnet|vboxnet|tun|tap|utun|wg)/.test(name);

/** How likely a phone on the same network reaches this address; smaller is likelier. */
function rank(name: string, address: string): number {
  const isSelfAssigned = address.startsWith("169.254.");
  return (isVirtual(name) ? 2 : 0) + (isSelfAssigned ? 1 : 0);
}

/** IPv4 addresses under which other machines of the LAN may reach this one, likeliest first. */
export function lanAddresses(interfaces: Interfaces = networkInterfaces()): readonly string[] {
  return Object.entries(interfaces)
    .flatMap(([name, infos]) => (infos ?? []).map((info) => ({ name, info })))
    .filter(({ info }) => info.family === "IPv4" && !info.internal)
    .map(({ name, info }) => ({ address: info.address, rank: rank(name, info.address) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ address }) => address);
}

/** Every name and address a browser may use for this machine: what its certificate must cover. */
export function ownHosts(interfaces: Interfaces = networkInterfaces(), name: string = hostname()): OwnHosts {
  const addresses = Object.values(interfaces)
    .flatMap((infos) => infos ?? [])
    // Link-local IPv6 is written with a zone, which no URL of a browser can hold.
    .filter(({ address }) => !address.toLowerCase().startsWith("fe80:"))
    .map(({ address }) => address);
  const names = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(name) ? ["localhost", name.toLowerCase()] : ["localhost"];
  return {
    names: [...new Set(names)],
    addresses: [...new Set(["127.0.0.1", "::1", ...addresses])].sort(),
  };
}

export interface OwnHosts {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}
