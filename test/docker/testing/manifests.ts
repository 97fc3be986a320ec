/** A Deployment of `busybox` in YAML, with lines of its pod template's container and spec added. */
export function deployment(
  name: string,
  options: {
    readonly replicas?: number;
    readonly namespace?: string;
    readonly image?: string;
    readonly command?: readonly string[];
    readonly version?: string;
    readonly strategy?: string;
    /** Lines of the container. */
    readonly container?: string;
    /** Lines of the pod's spec. */
    readonly pod?: string;
  } = {},
): string {
  const { replicas = 1, namespace, image = 'busybox:1.36', command = SLEEP, version = '1' } = options;
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
${namespace === undefined ? '' : `  namespace: ${namespace}\n`}spec:
  replicas: ${replicas}
${indent(options.strategy, 2)}  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}, version: "${version}"}
    spec:
      terminationGracePeriodSeconds: 2
${indent(options.pod, 6)}      containers:
        - name: app
          image: ${image}
          command: ${JSON.stringify(command)}
${indent(options.container, 10)}`;
}

/** Runs until it is told to stop, and then stops at once. */
export const SLEEP = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done'];

/** Serves HTTP on port 8080, and stops at once when it is told to. */
export const HTTPD = ['sh', '-c', 'trap "exit 0" TERM; httpd -f -p 8080 -h /etc & wait'];

export const READY_ON_8080 = 'readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}';

export function configMap(name: string, data: Readonly<Record<string, string>>): string {
  const lines = Object.entries(data).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n${lines.join('')}`;
}

function indent(text: string | undefined, spaces: number): string {
  if (text === undefined) return '';
  return `${text
    .split('\n')
    .map((line) => `${' '.repeat(spaces)}${line}\n`)
    .join('')}`;
}
