/**
 * What a machine lets Berth do to packets: the commands of nftables, a few switches of the pods' bridge, the firewall
 * that Docker keeps, and connections that the kernel remembers. It decides nothing. Every rule carries the cluster's
 * uid, in the name of its table or in a comment.
 *
 * Failures are `PacketRulesError`s unless a method says otherwise.
 */
export interface PacketRules {
  /** Whether rules can be set here at all; asked once at the start and again after failures. */
  probe(): Promise<PacketRulesProbe>;
  /** Carries out commands of nft as one transaction: all of them, or none when it rejects. */
  apply(commands: string): Promise<void>;
  /** Names of all tables for IPv4. */
  listTables(): Promise<readonly string[]>;
  /** What nft says of a table, as its JSON; `undefined` when there is none. */
  readTable(table: string): Promise<unknown>;
  /**
   * Makes the host pass traffic between pods and the rules. Safe to repeat. Never rejects: what cannot be had is told.
   */
  openPath(path: PodPath): Promise<PodPathState>;
  /**
   * Takes back what `openPath` set outside of the bridge, which goes with the pods' network. Rejects when something may
   * be left.
   */
  closePath(clusterUid: string): Promise<void>;
  /**
   * Forgets connections without an end (UDP) that go to an endpoint which is gone, or that were made before a service
   * had endpoints. Resolves with whether the machine can do that.
   */
  forgetFlows(flows: readonly Flow[]): Promise<boolean>;
  /**
   * Carries TCP connections in this process, where packets cannot be redirected. Rejects with the operating system's
   * error.
   */
  relay(listener: RelayListener): Promise<Relay>;
}

export type PacketRulesProbe =
  | { readonly usable: true; readonly version: string }
  | { readonly usable: false; readonly reason: 'missing' | 'rights' | 'outdated' | 'failed'; readonly detail: string };

export interface PodPath {
  readonly clusterUid: string;
  /** Name of the pods' bridge. */
  readonly bridge: string;
  readonly podCidr: string;
  /** Address of the bridge, where the pods' name server listens. */
  readonly gateway: string;
}

export interface PodPathState {
  /** Packets between two ports of the bridge pass the rules. */
  readonly bridgeFiltered: boolean;
  /** A pod reaches itself through a service: every port of the bridge may send a packet back. */
  readonly hairpin: boolean;
  /** 127.0.0.1 on the host reaches pods through node ports. */
  readonly localhost: boolean;
  /** Docker's firewall lets translated connections from outside through to pods. */
  readonly forwarding: boolean;
  /** The machine's own firewall lets pods ask their name server. */
  readonly names: boolean;
  /** Why something of these is not so, in the machine's words. */
  readonly details: readonly string[];
}

/**
 * Flows that were sent to an address and port, or to a port of the machine itself, and of those only the ones that one
 * endpoint got.
 */
export interface Flow {
  readonly protocol: 'udp';
  /** Left out for a port of the machine itself. */
  readonly address?: string;
  readonly port: number;
  /** All of them when left out. */
  readonly endpoint?: string;
}

export interface RelayListener {
  /** Where to listen; an address that the machine does not have is added to `interface` if the rights suffice. */
  readonly address: string;
  readonly port: number;
  /** Interface that takes an added address. */
  readonly interface?: string;
  /** Asked for each connection; it is closed at once when there is no answer. */
  readonly pick: (clientAddress: string) => { readonly address: string; readonly port: number } | undefined;
}

export interface Relay {
  /** Ends listening and the connections, and takes back an address that was added. */
  close(): Promise<void>;
}

/** nft refused commands, or could not be run. The message is its first complaint, in one line. */
export class PacketRulesError extends Error {
  override readonly name = 'PacketRulesError';
}
