/**
 * Channels of Kubernetes' remote command protocol (k8s.io/apimachinery/pkg/util/remotecommand); each message of a
 * WebSocket starts with one of them.
 */
export const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** v5 is v4 with a way to close standard input, which a SPDY stream has by itself. */
export const WEB_SOCKET_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
export const SPDY_PROTOCOL = 'v4.channel.k8s.io';
