/** What a pod has beyond a container with a readiness probe. */
export type PodShape = 'plain' | 'probes' | 'init containers' | 'volumes' | 'environment' | 'limits';

export const POD_SHAPES: readonly PodShape[] = [
  'plain',
  'plain',
  'probes',
  'init containers',
  'volumes',
  'environment',
  'limits',
];

/** Lines of YAML, with the indentation of the place that they go to. */
interface PodExtras {
  readonly container: string;
  readonly mounts: string;
  readonly env: string;
  readonly volumes: string;
  readonly spec: string;
}

const NOTHING: PodExtras = { container: '', mounts: '', env: '', volumes: '', spec: '' };

const EXTRAS: Readonly<Record<PodShape, Partial<PodExtras>>> = {
  plain: {},
  probes: {
    container: `          startupProbe: {tcpSocket: {port: 8080}, periodSeconds: 2, failureThreshold: 60}
          livenessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 10, failureThreshold: 6}
          lifecycle: {preStop: {exec: {command: ["true"]}}}
`,
  },
  'init containers': {
    spec: `      initContainers:
        - {name: prepare, image: "task:1", resources: {requests: {cpu: 5m}}}
        - {name: beside, image: "sidecar:1", restartPolicy: Always, resources: {requests: {cpu: 5m}}}
`,
  },
  volumes: {
    mounts: `            - {name: scratch, mountPath: /scratch, subPath: part}
            - {name: fast, mountPath: /fast}
            - {name: token, mountPath: /token, readOnly: true}
            - {name: all, mountPath: /all}
`,
    volumes: `        - {name: scratch, emptyDir: {}}
        - {name: fast, emptyDir: {medium: Memory}}
        - {name: token, secret: {secretName: credentials, optional: true, items: [{key: token, path: the-token}]}}
        - name: all
          projected:
            sources:
              - configMap: {name: settings, optional: true}
              - secret: {name: credentials, optional: true}
              - downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}
`,
  },
  environment: {
    container: `          envFrom: [{configMapRef: {name: settings, optional: true}}]
          command: ["serve", "$(LITERAL)"]
          args: ["--all"]
          workingDir: /srv
`,
    env: `            - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
            - {name: MEMORY, valueFrom: {resourceFieldRef: {resource: limits.memory}}}
            - {name: SETTING, valueFrom: {configMapKeyRef: {name: settings, key: value, optional: true}}}
            - {name: BOTH, value: "$(POD) $(SETTING)"}
`,
    spec: '      enableServiceLinks: false\n',
  },
  limits: {
    container: `          securityContext: {runAsUser: 1000, runAsNonRoot: true, capabilities: {drop: [ALL]}, readOnlyRootFilesystem: true}
`,
    spec: `      hostname: somebody
      securityContext: {runAsGroup: 1000, fsGroup: 2000, supplementalGroups: [3000]}
      tolerations: [{key: person.example/busy, operator: Exists}]
`,
  },
};

export function podExtras(shape: PodShape): PodExtras {
  return { ...NOTHING, ...EXTRAS[shape] };
}
