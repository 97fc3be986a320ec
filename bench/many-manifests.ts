/** The files of a repository with this many objects: one object a file, a hundred files a folder, mostly ConfigMaps, some Services. */
export const NAMESPACE = 'bench';
const FILES_PER_FOLDER = 100;
const SERVICE_EVERY = 10;

export interface ManifestVariant {
  /** A comment in each file: other blobs, equal objects. */
  readonly comment: string;
  /** A value in each object. */
  readonly value: string;
}

/** Paths of files and their text, the namespace and a Deployment with probes included. */
export function makeManifests(objects: number, variant: ManifestVariant): Map<string, string> {
  const files = new Map([
    ['namespace.yaml', `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${NAMESPACE}\n`],
    ['web.yaml', WEB],
  ]);
  for (let n = files.size; n < objects; n++) files.set(pathOf(n), manifestOf(n, variant));
  return files;
}

export function pathOf(n: number): string {
  return `team-${String(Math.floor(n / FILES_PER_FOLDER)).padStart(3, '0')}/object-${n}.yaml`;
}

export function manifestOf(n: number, variant: ManifestVariant): string {
  return n % SERVICE_EVERY === 0 ? serviceOf(n, variant) : configMapOf(n, variant);
}

function configMapOf(n: number, { comment, value }: ManifestVariant): string {
  return `# ${comment}
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings-${n}
  namespace: ${NAMESPACE}
  labels:
    app.kubernetes.io/name: app-${n}
    app.kubernetes.io/part-of: bench
data:
  LOG_LEVEL: info
  REVISION: "${value}"
  DATABASE_URL: postgres://app-${n}@db.${NAMESPACE}.svc.cluster.local:5432/app
  application.properties: |
    server.port=8080
    server.name=app-${n}
    cache.size=${n}
    feature.new-checkout=false
    feature.search=true
`;
}

function serviceOf(n: number, { comment, value }: ManifestVariant): string {
  return `# ${comment}
apiVersion: v1
kind: Service
metadata:
  name: app-${n}
  namespace: ${NAMESPACE}
  labels:
    app.kubernetes.io/name: app-${n}
    app.kubernetes.io/part-of: bench
  annotations:
    example.org/revision: "${value}"
spec:
  selector:
    app.kubernetes.io/name: app-${n}
  ports:
    - name: http
      port: 80
      targetPort: 8080
`;
}

/** Two pods that are asked once a second, and that a single failed answer makes unready or restarts. */
const WEB = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: ${NAMESPACE}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: web
          image: busybox:1.36
          imagePullPolicy: IfNotPresent
          command: ["sh", "-c", "mkdir -p /www; echo ok > /www/index.html; exec httpd -f -p 8080 -h /www"]
          ports:
            - containerPort: 8080
          readinessProbe:
            httpGet: { path: /, port: 8080 }
            periodSeconds: 1
            timeoutSeconds: 1
            failureThreshold: 1
          livenessProbe:
            httpGet: { path: /, port: 8080 }
            initialDelaySeconds: 2
            periodSeconds: 1
            timeoutSeconds: 1
            failureThreshold: 1
`;
