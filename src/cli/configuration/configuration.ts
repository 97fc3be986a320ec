import { BOX_DEFAULTS } from '../../box/box-defaults.ts';
import type { AdapterTarget } from '../../controllers/index.ts';
import type { PodPermissions } from '../../kubelet/index.ts';
import type { SourceCredentials } from '../../source/index.ts';
import type { WebhookFormat } from '../../webhook/index.ts';

/** How one Berth is set up: what the options of `berth up` and `/etc/berth/config.yaml` both say. */
export interface Configuration {
  /** Path of a local repository, or a URL. */
  readonly repository: string;
  readonly branch: string;
  /** Folders of the repository, each an application; `*` in a segment makes one of each folder that matches. */
  readonly paths: readonly string[];
  /** Name of this box on the status branch and in reports. */
  readonly cluster: string;
  /** Absolute. Holds the store, the pods' files and the socket. */
  readonly dataDirectory: string;
  readonly runtime: 'docker' | 'sim';
  readonly statusBranch: string;
  /** How often a remote repository is asked. */
  readonly intervalMs: number;
  readonly rolloutTimeoutMs: number;
  /** How many ended pods are kept; 0 keeps all. */
  readonly terminatedPods: number;
  readonly credentials: SourceCredentials;
  /** A folder `<namespace>/<name>/<key>` that becomes Secrets. */
  readonly secretsDirectory?: string;
  /** Age keys that encrypted files of the repository are decrypted with. */
  readonly ageKeyFile?: string;
  /** Docker's client configuration with registry credentials; absent: the user's own. */
  readonly dockerConfigFile?: string;
  /** The program that renders charts; absent: the helm in PATH. */
  readonly helm?: string;
  /** The program that may fetch remote bases and run plugins of kustomizations; absent: none may. */
  readonly kustomize?: string;
  /** What manifests may ask of the machine, by namespace; nothing unless it is said here. */
  readonly allow: readonly AllowRule[];
  /** Where GitHub is told what became of a commit; absent: it is not. */
  readonly github?: GitHubConfiguration;
  /** Who is told about failures and recoveries. */
  readonly webhooks: readonly WebhookConfiguration[];
  /** From whom autoscalers get metrics that are not resources. */
  readonly metrics: MetricsConfiguration;
  readonly network: { readonly podCidr?: string; readonly serviceCidr: string; readonly clusterDomain: string };
}

/** Secrets are only ever named by their files. */
export interface GitHubConfiguration {
  readonly owner: string;
  readonly repo: string;
  /** Without a slash at its end. */
  readonly apiUrl: string;
  readonly credential:
    | { readonly tokenFile: string }
    | { readonly appId: number; readonly keyFile: string; readonly installationId?: number };
  /** Name of the environment of the Deployments. */
  readonly environment: string;
}

export interface WebhookConfiguration {
  readonly urlFile: string;
  readonly format: WebhookFormat;
  readonly tokenFile?: string;
}

/** Each is what an APIService of that group is in a cluster. */
export interface MetricsConfiguration {
  readonly custom?: MetricsAdapterConfiguration;
  readonly external?: MetricsAdapterConfiguration;
}

export interface MetricsAdapterConfiguration {
  readonly target: AdapterTarget;
  readonly caFile?: string;
  readonly tokenFile?: string;
  readonly insecureSkipTlsVerify?: boolean;
}

/**
 * "Refused unless the box's own configuration, not Git, allows them for that namespace". What may be allowed is what
 * `PodPermissions` of the node agent names.
 */
export interface AllowRule extends PodPermissions {
  readonly namespace: string;
}

export const CONFIGURATION_DEFAULTS = {
  branch: 'main',
  paths: ['.'],
  runtime: 'docker',
  statusBranch: BOX_DEFAULTS.statusBranch,
  intervalMs: 60_000,
  rolloutTimeoutMs: BOX_DEFAULTS.rolloutTimeoutMs,
  terminatedPods: BOX_DEFAULTS.terminatedPods,
  serviceCidr: BOX_DEFAULTS.serviceCidr,
  clusterDomain: BOX_DEFAULTS.clusterDomain,
} as const;
