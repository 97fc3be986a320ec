/** Files of one side of a pull request, by path. */
export type Files = Readonly<Record<string, string>>;

export interface PlanCase {
  readonly name: string;
  readonly base: Files;
  readonly head: Files;
  /** Images that the registry does not have. */
  readonly missingImages?: readonly string[];
  /** Folders of the applications; without, the repository is one. */
  readonly paths?: readonly string[];
}

interface Shape {
  readonly replicas?: number;
  readonly image?: string;
  readonly labels?: string;
  /** Lines of the spec, of the pod and of the container. */
  readonly spec?: string;
  readonly pod?: string;
  readonly container?: string;
}

function deployment(
  name: string,
  { replicas = 2, image = 'shop/web:1', labels = `app: ${name}`, spec, pod, container }: Shape = {},
): string {
  const lines = (text: string | undefined, indent: string) =>
    text === undefined ? '' : `${text.replace(/^/gm, indent)}\n`;
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: shop
spec:
  replicas: ${replicas}
${lines(spec, '  ')}  selector:
    matchLabels: {${labels}}
  template:
    metadata:
      labels: {${labels}}
    spec:
      terminationGracePeriodSeconds: 5
${lines(pod, '      ')}      containers:
        - name: web
          image: ${image}
          ports: [{containerPort: 8080, name: http}]
          readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 2}
${lines(container, '          ')}`;
}

const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n';
const SERVICE = `apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: http}]
`;
const CONFIG =
  'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: shop\ndata:\n  level: info\n';

function autoscaler(resource: string): string {
  return (
    `apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: by-${resource}\n  namespace: shop\nspec:\n  maxReplicas: 4\n` +
    '  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: web\n' +
    `  metrics:\n    - type: Resource\n      resource: {name: ${resource}, target: {type: Utilization, averageUtilization: 60}}\n`
  );
}

function ingress(name: string, host: string): string {
  return `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: ${name}
  namespace: shop
spec:
  rules:
    - host: ${host}
      http:
        paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]
`;
}

const SHOP: Files = { 'namespace.yaml': NAMESPACE, 'web.yaml': deployment('web'), 'service.yaml': SERVICE };
const change = (files: Files): Pick<PlanCase, 'base' | 'head'> => ({ base: SHOP, head: { ...SHOP, ...files } });
const web = (before: Shape, after: Shape, more: Files = {}): Pick<PlanCase, 'base' | 'head'> => ({
  base: { ...SHOP, ...more, 'web.yaml': deployment('web', before) },
  head: { ...SHOP, ...more, 'web.yaml': deployment('web', after) },
});

/** With its port on the machine. */
function onHostPort(manifest: string): string {
  return manifest.replace('containerPort: 8080', 'containerPort: 8080, hostPort: 8080');
}

function job(version: string, annotations = ''): string {
  return `apiVersion: batch/v1
kind: Job
metadata: {name: migrate, namespace: shop, annotations: {${annotations}}}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: migrate, image: "shop/migrate:${version}"}]
`;
}

function statefulSet(replicas: number): string {
  return `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  replicas: ${replicas}
  serviceName: db
  persistentVolumeClaimRetentionPolicy: {whenScaled: Delete}
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: db, image: "shop/db:1", volumeMounts: [{name: data, mountPath: /data}]}]
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`;
}

const FORCE = 'kustomize.toolkit.fluxcd.io/force: enabled';
const FORCE_ALL = 'apiVersion: berth.dev/v1alpha1\nkind: Application\nspec: {force: true}\n';
const SURGE = 'strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}';
const FROM_ENV = 'envFrom: [{configMapRef: {name: settings}}]';
const MOUNTED = 'volumeMounts: [{name: settings, mountPath: /etc/settings}]';
const VOLUME = 'volumes: [{name: settings, configMap: {name: settings}}]';
const CLAIM =
  'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: data\n  namespace: shop\nspec:\n  accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 1Gi}}\n';
const changedConfig = CONFIG.replace('info', 'debug');

/** Pull requests as people open them, good ones and bad ones. */
export const CASES: readonly PlanCase[] = [
  { name: 'nothing-changes', ...change({}) },
  { name: 'a-new-image', ...web({}, { image: 'shop/web:2' }) },
  { name: 'a-scale-up', ...web({}, { replicas: 4 }) },
  { name: 'a-new-workload', ...change({ 'worker.yaml': deployment('worker', { replicas: 1 }) }) },
  {
    name: 'a-workload-of-another-application',
    base: { 'apps/a/shop.yaml': NAMESPACE, 'apps/a/web.yaml': deployment('web'), 'apps/a/service.yaml': SERVICE },
    head: { 'apps/b/shop.yaml': NAMESPACE, 'apps/b/web.yaml': deployment('web'), 'apps/b/service.yaml': SERVICE },
    paths: ['apps/*'],
  },
  { name: 'a-removed-workload', base: { ...SHOP, 'worker.yaml': deployment('worker') }, head: SHOP },
  { name: 'an-unknown-field', ...change({ 'web.yaml': deployment('web').replace('replicas:', 'replica:') }) },
  { name: 'no-yaml', ...change({ 'web.yaml': `${deployment('web')}  : [\n` }) },
  {
    name: 'a-removed-api-version',
    ...change({ 'ingress.yaml': ingress('web', 'shop.example').replace('networking.k8s.io/v1', 'extensions/v1beta1') }),
  },
  {
    name: 'a-kustomization-without-its-base',
    ...change({ 'kustomization.yaml': 'resources: [web.yaml, ../nowhere]\n' }),
  },
  { name: 'an-immutable-selector', ...web({}, { labels: 'app: web, tier: front' }) },
  {
    name: 'a-quota-that-refuses',
    ...web(
      { container: 'resources: {requests: {cpu: 100m}}' },
      { replicas: 5, container: 'resources: {requests: {cpu: 100m}}' },
      {
        'quota.yaml':
          'apiVersion: v1\nkind: ResourceQuota\nmetadata:\n  name: small\n  namespace: shop\nspec:\n  hard: {requests.cpu: 300m}\n',
      },
    ),
  },
  { name: 'a-pod-that-fits-nowhere', ...web({}, { spec: SURGE, container: 'resources: {requests: {cpu: "2000"}}' }) },
  {
    // The old pod holds the port until the new one is ready, which cannot start without it.
    name: 'a-port-that-is-taken',
    base: { ...SHOP, 'web.yaml': onHostPort(deployment('web', { replicas: 1, spec: SURGE })) },
    head: { ...SHOP, 'web.yaml': onHostPort(deployment('web', { replicas: 1, spec: SURGE, image: 'shop/web:2' })) },
  },
  {
    name: 'a-port-of-two',
    base: { ...SHOP, 'web.yaml': onHostPort(deployment('web', { replicas: 1 })) },
    head: {
      ...SHOP,
      'web.yaml': onHostPort(deployment('web', { replicas: 1 })),
      'api.yaml': onHostPort(deployment('api', { replicas: 1 })),
    },
  },
  { name: 'a-job-that-has-run', base: { ...SHOP, 'job.yaml': job('1') }, head: { ...SHOP, 'job.yaml': job('2') } },
  {
    name: 'a-job-that-is-made-anew',
    base: { ...SHOP, 'job.yaml': job('1', FORCE) },
    head: { ...SHOP, 'job.yaml': job('2', FORCE) },
  },
  {
    name: 'a-selector-that-is-forced',
    base: { ...SHOP, 'berth.yaml': FORCE_ALL },
    head: { ...SHOP, 'berth.yaml': FORCE_ALL, 'web.yaml': deployment('web', { labels: 'app: web, tier: front' }) },
  },
  {
    // What does not load changes nothing: the claim that is gone from the file stays on the box.
    name: 'a-claim-that-goes-with-a-mistake',
    base: { ...SHOP, 'claim.yaml': CLAIM },
    head: { ...SHOP, 'web.yaml': deployment('web').replace('replicas:', 'replica:') },
  },
  {
    name: 'a-folder-that-becomes-empty',
    base: { ...SHOP, 'claim.yaml': CLAIM },
    head: { 'README.md': 'Nothing runs here any more.\n' },
  },
  {
    name: 'a-set-that-shrinks-with-its-claims',
    base: { ...SHOP, 'db.yaml': statefulSet(3) },
    head: { ...SHOP, 'db.yaml': statefulSet(1) },
  },
  {
    name: 'privileges-that-are-warned-about',
    ...change({
      'namespace.yaml': NAMESPACE.replace(
        'name: shop\n',
        'name: shop\n  labels: {pod-security.kubernetes.io/warn: restricted}\n',
      ),
      'web.yaml': deployment('web', {
        container: 'securityContext: {allowPrivilegeEscalation: true, runAsNonRoot: true}',
      }),
    }),
  },
  {
    name: 'a-service-that-goes-to-zero',
    ...web(
      { spec: 'strategy: {type: Recreate}' },
      { spec: 'strategy: {type: Recreate}', image: 'shop/web:2' },
      { 'ingress.yaml': ingress('web', 'shop.example') },
    ),
  },
  { name: 'a-missing-configuration-in-files', ...web({}, { container: MOUNTED, pod: VOLUME }) },
  { name: 'an-image-that-nobody-has', ...web({}, { image: 'shop/web:nope' }), missingImages: ['shop/web:nope'] },
  {
    name: 'configuration-in-the-environment',
    base: { ...SHOP, 'settings.yaml': CONFIG, 'web.yaml': deployment('web', { container: FROM_ENV }) },
    head: { ...SHOP, 'settings.yaml': changedConfig, 'web.yaml': deployment('web', { container: FROM_ENV }) },
  },
  {
    // It is pruned after the rollout: the rollout itself is well, and every later pod waits.
    name: 'a-configuration-that-is-deleted',
    base: { ...SHOP, 'settings.yaml': CONFIG, 'web.yaml': deployment('web', { container: FROM_ENV }) },
    head: { ...SHOP, 'web.yaml': deployment('web', { container: FROM_ENV, image: 'shop/web:2' }) },
  },
  {
    name: 'a-configuration-that-is-renamed',
    base: { ...SHOP, 'settings.yaml': CONFIG, 'web.yaml': deployment('web', { pod: VOLUME, container: MOUNTED }) },
    head: {
      ...SHOP,
      'settings.yaml': CONFIG.replace('name: settings', 'name: settings2'),
      'web.yaml': deployment('web', { pod: VOLUME, container: MOUNTED }),
    },
  },
  {
    name: 'configuration-in-files',
    base: { ...SHOP, 'settings.yaml': CONFIG, 'web.yaml': deployment('web', { pod: VOLUME, container: MOUNTED }) },
    head: {
      ...SHOP,
      'settings.yaml': changedConfig,
      'web.yaml': deployment('web', { pod: VOLUME, container: MOUNTED }),
    },
  },
  { name: 'a-claim-that-goes', base: { ...SHOP, 'claim.yaml': CLAIM }, head: SHOP },
  {
    name: 'dangling-references',
    ...change({
      'web.yaml': deployment('web', {
        pod: 'serviceAccountName: robot\nvolumes: [{name: data, persistentVolumeClaim: {claimName: gone}}]',
      }),
      'ingress.yaml': ingress('web', 'shop.example').replace('name: web, port', 'name: wbe, port'),
    }),
  },
  {
    name: 'references-out-of-any-namespace',
    ...web({}, { pod: 'serviceAccountName: robot\npriorityClassName: urgent' }),
  },
  {
    name: 'warnings-that-were-there',
    ...web(
      {},
      { image: 'shop/web:2' },
      { 'one.yaml': ingress('one', 'one.example'), 'two.yaml': ingress('two', 'two.example') },
    ),
  },
  {
    name: 'a-host-of-two',
    base: { ...SHOP, 'one.yaml': ingress('one', 'shop.example') },
    head: { ...SHOP, 'one.yaml': ingress('one', 'shop.example'), 'two.yaml': ingress('two', 'shop.example') },
  },
  {
    name: 'two-autoscalers-of-one-workload',
    base: { ...SHOP, 'cpu.yaml': autoscaler('cpu') },
    head: { ...SHOP, 'cpu.yaml': autoscaler('cpu'), 'memory.yaml': autoscaler('memory') },
  },
  {
    name: 'a-budget-that-blocks',
    ...change({
      'budget.yaml':
        'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  maxUnavailable: 0\n  selector: {matchLabels: {app: web}}\n',
    }),
  },
  {
    name: 'a-secret-in-plain-text',
    ...change({
      'secret.yaml':
        'apiVersion: v1\nkind: Secret\nmetadata:\n  name: key\n  namespace: shop\nstringData:\n  token: do-not-show-me\n',
    }),
  },
  {
    name: 'a-password-in-a-variable',
    ...web(
      { container: 'env: [{name: DB_PASSWORD, value: do-not-show-me}]' },
      {
        container: 'env: [{name: DB_PASSWORD, value: do-not-show-me-either}, {name: API_TOKEN, value: do-not-show-me}]',
      },
      {},
    ),
  },
  {
    name: 'a-password-beside-a-mistake',
    ...change({
      'web.yaml': deployment('web', { container: 'env: [{name: DB_PASSWORD, vaule: 1, value: do-not-show-me}]' }),
    }),
  },
  {
    name: 'a-missing-secret',
    ...web({}, { container: 'envFrom: [{secretRef: {name: nowhere}}]' }),
  },
  {
    name: 'privileges',
    ...change({
      'namespace.yaml': NAMESPACE.replace(
        'name: shop\n',
        'name: shop\n  labels: {pod-security.kubernetes.io/enforce: baseline}\n',
      ),
      'web.yaml': deployment('web', { container: 'securityContext: {privileged: true}' }),
    }),
  },
  {
    name: 'a-workload-that-stores',
    ...change({
      'claim.yaml': CLAIM,
      'db.yaml': deployment('db', {
        replicas: 1,
        spec: 'strategy: {type: Recreate}',
        pod: 'volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]',
        container: 'volumeMounts: [{name: data, mountPath: /data}]',
      }),
    }),
  },
];
