import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import * as net from 'node:net';
import { networkInterfaces } from 'node:os';
import type { DnsExchangeOptions, DnsListener, DnsQuery, DnsSockets } from '../dns-socket.ts';
import { readHostResolver } from './machine-info.ts';

const TCP_IDLE_MS = 10_000;
const TCP_CONNECTIONS = 200;
const DNS_PORT = 53;
/** Room for bursts while the event loop is busy. */
const RECEIVE_BUFFER_BYTES = 1024 * 1024;

/** Real sockets. */
export class LinuxDnsSockets implements DnsSockets {
  async listen(address: string, port: number, onQuery: (query: DnsQuery) => void): Promise<DnsListener> {
    const udp = await listenUdp(address, port, onQuery);
    try {
      const closeTcp = await listenTcp(address, port, onQuery);
      return { close: async () => void (await Promise.all([closeTcp(), closeUdp(udp)])) };
    } catch (error) {
      await closeUdp(udp);
      throw error;
    }
  }

  exchange(server: string, message: Uint8Array, options: DnsExchangeOptions): Promise<Uint8Array> {
    return options.transport === 'udp' ? exchangeUdp(server, message, options) : exchangeTcp(server, message, options);
  }

  /** Those that pods could ask, too; else what listens on this machine itself, such as dnsmasq on 127.0.0.1. */
  async upstreams(): Promise<readonly string[]> {
    const { servers } = readHostResolver();
    if (servers.length > 0) return servers;
    const text = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
    return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1] ?? '');
  }
}

function listenUdp(address: string, port: number, onQuery: (query: DnsQuery) => void): Promise<UdpSocket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: 'udp4' });
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.on('message', (message, { address: clientAddress, port: clientPort }) => {
      // An answer that cannot be sent is lost, as any other packet may be.
      const reply = (answer: Uint8Array) => socket.send(answer, clientPort, clientAddress, () => {});
      onQuery({ message, transport: 'udp', ...clientAt(clientAddress), reply });
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      socket.on('error', () => {});
      try {
        socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
      } catch {
        // The kernel's own size has to do.
      }
      resolve(socket);
    });
  });
}

function clientAt(clientAddress: string): Pick<DnsQuery, 'clientAddress' | 'isFromThisMachine'> {
  const isFromThisMachine = () =>
    Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === clientAddress));
  return { clientAddress, isFromThisMachine };
}

function closeUdp(socket: UdpSocket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}

/** Resolves with what closes the server and its connections. */
function listenTcp(address: string, port: number, onQuery: (query: DnsQuery) => void): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    const sockets = new Set<net.Socket>();
    const server = net.createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
      const clientAddress = socket.remoteAddress ?? '';
      const reply = (answer: Uint8Array) => void (socket.writable && socket.write(framed(answer)));
      readMessages(socket, (message) => onQuery({ message, transport: 'tcp', ...clientAt(clientAddress), reply }));
    });
    server.maxConnections = TCP_CONNECTIONS;
    server.once('error', reject);
    server.listen({ host: address, port, exclusive: true }, () => {
      server.removeListener('error', reject);
      server.on('error', () => {});
      resolve(
        () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of sockets) socket.destroy();
          }),
      );
    });
  });
}

/** "The message is prefixed with a two byte length field" (RFC 1035, 4.2.2). */
function framed(message: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(message.length + 2);
  frame.writeUInt16BE(message.length);
  frame.set(message, 2);
  return frame;
}

function readMessages(socket: net.Socket, onMessage: (message: Uint8Array) => void): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= 2) {
      const end = 2 + pending.readUInt16BE(0);
      if (pending.length < end) return;
      onMessage(pending.subarray(2, end));
      pending = pending.subarray(end);
    }
  });
}

/**
 * Each query has a socket of its own, whose port the kernel draws: an answer cannot be guessed by who does not see the
 * query.
 */
function exchangeUdp(server: string, message: Uint8Array, options: DnsExchangeOptions): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: net.isIPv6(server) ? 'udp6' : 'udp4' });
    const finish = (act: () => void) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => {});
      socket.close();
      act();
    };
    const timer = setTimeout(
      () => finish(() => reject(new Error(`${server} did not answer within ${options.timeoutMs} ms`))),
      options.timeoutMs,
    );
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('message', (answer) => {
      if (options.isAnswer(answer)) finish(() => resolve(answer));
    });
    // A connected socket hears of a server that is not there, and hears nobody else.
    socket.connect(DNS_PORT, server, () => socket.send(message));
  });
}

function exchangeTcp(server: string, message: Uint8Array, options: DnsExchangeOptions): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: server, port: DNS_PORT });
    const finish = (act: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      act();
    };
    const timer = setTimeout(
      () => finish(() => reject(new Error(`${server} did not answer within ${options.timeoutMs} ms`))),
      options.timeoutMs,
    );
    socket.on('connect', () => socket.write(framed(message)));
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('close', () => finish(() => reject(new Error(`${server} closed the connection`))));
    readMessages(socket, (answer) => {
      if (options.isAnswer(answer)) finish(() => resolve(answer));
    });
  });
}
