import { connect, type Socket } from 'node:net';
import type { ByteConnection } from '../../lib/byte-streams.ts';
import { drained } from '../../lib/drained.ts';
import { LIMITS } from '../../lib/limits.ts';
import { RuntimeError } from '../runtime.ts';

/**
 * Connects to a port at a pod's address. What listens on the pod's own loopback only is not reached: that would need a
 * process in the pod's network namespace.
 */
export function openPortConnection(address: string, port: number): Promise<ByteConnection> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, allowHalfOpen: true, timeout: LIMITS.portConnectMs });
    const fail = (why: string) => {
      socket.destroy();
      reject(new RuntimeError('Conflict', `dial tcp4 ${address}:${port}: ${why}`));
    };
    const onError = ({ code, message }: NodeJS.ErrnoException) =>
      fail(code === 'ECONNREFUSED' ? 'connect: connection refused' : message);
    socket.once('timeout', () => fail('i/o timeout'));
    socket.once('error', onError);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', onError);
      // Whoever reads learns of it by the iteration; whoever only writes has nothing to learn.
      socket.on('error', () => {});
      resolve(connectionOver(socket));
    });
  });
}

function connectionOver(socket: Socket): ByteConnection {
  return {
    // The iteration must not take the other half with it.
    chunks: socket.iterator({ destroyOnReturn: false }),
    write: async (chunk) => {
      if (socket.writable && !socket.write(chunk)) await drained(socket);
    },
    end: () => socket.end(),
    close: () => socket.destroy(),
  };
}
