/**
 * The sockets of a name server: what it listens on, and how it asks others. Messages are the bytes of RFC 1035, without
 * TCP's length. It knows nothing of what is in them.
 */
export interface DnsSockets {
  /**
   * Listens for queries over UDP and TCP. Rejects with the operating system's error: `EADDRINUSE`, `EADDRNOTAVAIL` (the
   * machine does not have the address now), `EACCES`.
   */
  listen(address: string, port: number, onQuery: (query: DnsQuery) => void): Promise<DnsListener>;
  /**
   * Sends one message to a name server and resolves with what comes back from there. Rejects with an error after
   * `timeoutMs` at the latest.
   */
  exchange(server: string, message: Uint8Array, options: DnsExchangeOptions): Promise<Uint8Array>;
  /** The name servers that this machine itself asks, best first. */
  upstreams(): Promise<readonly string[]>;
}

export type DnsTransport = 'udp' | 'tcp';

export interface DnsQuery {
  readonly message: Uint8Array;
  readonly transport: DnsTransport;
  readonly clientAddress: string;
  /** Whether the client is a program on this machine itself. */
  isFromThisMachine(): boolean;
  /** Sends the answer; does nothing when the client is gone. */
  reply(message: Uint8Array): void;
}

export interface DnsListener {
  close(): Promise<void>;
}

export interface DnsExchangeOptions {
  readonly transport: DnsTransport;
  readonly timeoutMs: number;
  /** Whether a message is the awaited answer; others are passed over. */
  readonly isAnswer: (message: Uint8Array) => boolean;
}
