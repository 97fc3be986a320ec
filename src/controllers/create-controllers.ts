import type { Client } from '../api/client.ts';
import type { CustomMetrics, ResourceMetrics } from '../api/metrics.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { CronJobController } from './cron-job/cron-job-controller.ts';
import { DaemonSetController } from './daemon-set/daemon-set-controller.ts';
import { DeploymentController } from './deployment/deployment-controller.ts';
import { DisruptionController } from './disruption/disruption-controller.ts';
import { EndpointSliceController } from './endpoint-slice/endpoint-slice-controller.ts';
import { EndpointSliceMirroringController } from './endpoint-slice/endpoint-slice-mirroring-controller.ts';
import { EphemeralVolumeController } from './ephemeral-volume/ephemeral-volume-controller.ts';
import { GarbageCollector } from './garbage-collector/garbage-collector.ts';
import { AdapterMetrics } from './horizontal-pod-autoscaler/adapters/adapter-metrics.ts';
import { HorizontalPodAutoscalerController } from './horizontal-pod-autoscaler/horizontal-pod-autoscaler-controller.ts';
import { JobController } from './job/job-controller.ts';
import { NamespaceController } from './namespace/namespace-controller.ts';
import { NodeLifecycleController } from './node-lifecycle/node-lifecycle-controller.ts';
import { PersistentVolumeBinder } from './persistent-volume/persistent-volume-binder.ts';
import { PodGarbageCollector } from './pod-garbage-collector/pod-garbage-collector.ts';
import { ReplicaSetController } from './replica-set/replica-set-controller.ts';
import { createReplicationController } from './replication-controller/replication-controller.ts';
import { ResourceQuotaController } from './resource-quota/resource-quota-controller.ts';
import { ServiceAccountController } from './service-account/service-account-controller.ts';
import { StatefulSetController } from './stateful-set/stateful-set-controller.ts';
import { TaintEvictionController } from './taint-eviction/taint-eviction-controller.ts';
import { TtlAfterFinishedController } from './ttl-after-finished/ttl-after-finished-controller.ts';
import { ClaimProtectionController } from './volume-protection/claim-protection-controller.ts';
import { VolumeProtectionController } from './volume-protection/volume-protection-controller.ts';

export interface ControllersContext extends ControllerContext {
  /** Sets `spec.finalizers` of a namespace, as its `finalize` subresource does. */
  readonly finalizeNamespace: (name: string, finalizers: readonly string[]) => void;
  /** Monotonic time of a node's last sign of life; where it is left out, nodes never count as silent. */
  readonly leaseTime?: ((nodeName: string) => number | undefined) | undefined;
  /** What autoscalers go by; where a source is left out, they say that they get no metrics. */
  readonly resourceMetrics?: ResourceMetrics | undefined;
  readonly customMetrics?: CustomMetrics | undefined;
  /** How many ended pods may be there before the oldest are deleted; left out: as kube-controller-manager has it. */
  readonly terminatedPods?: number | undefined;
}

type ControllerFactory = (context: ControllersContext) => Controller;

/** Every controller that is complete, by the service account under which it acts. */
const CONTROLLERS: readonly (readonly [account: string, create: ControllerFactory])[] = [
  ['cronjob-controller', (context) => new CronJobController(context)],
  ['daemon-set-controller', (context) => new DaemonSetController(context)],
  ['deployment-controller', (context) => new DeploymentController(context)],
  ['disruption-controller', (context) => new DisruptionController(context)],
  ['endpointslice-controller', (context) => new EndpointSliceController(context)],
  ['endpointslicemirroring-controller', (context) => new EndpointSliceMirroringController(context)],
  ['ephemeral-volume-controller', (context) => new EphemeralVolumeController(context)],
  ['generic-garbage-collector', (context) => new GarbageCollector(context)],
  ['horizontal-pod-autoscaler', createAutoscalerController],
  ['job-controller', (context) => new JobController(context)],
  ['namespace-controller', (context) => new NamespaceController(context)],
  ['node-controller', (context) => new NodeLifecycleController(context)],
  ['persistent-volume-binder', (context) => new PersistentVolumeBinder(context)],
  ['pod-garbage-collector', (context) => new PodGarbageCollector(context)],
  ['pvc-protection-controller', (context) => new ClaimProtectionController(context)],
  ['pv-protection-controller', (context) => new VolumeProtectionController(context)],
  ['replicaset-controller', (context) => new ReplicaSetController(context)],
  ['replication-controller', createReplicationController],
  ['resourcequota-controller', (context) => new ResourceQuotaController(context)],
  ['service-account-controller', (context) => new ServiceAccountController(context)],
  ['statefulset-controller', (context) => new StatefulSetController(context)],
  ['taint-eviction-controller', (context) => new TaintEvictionController(context)],
  ['ttl-after-finished-controller', (context) => new TtlAfterFinishedController(context)],
];

/**
 * All controllers, each acting under its own account, and owning fields under the one name that controllers have in a
 * real cluster.
 */
export function createControllers(context: ControllersContext): Controller[] {
  return CONTROLLERS.map(([account, create]) => create({ ...context, client: clientFor(context.client, account) }));
}

function clientFor(client: Client, account: string): Client {
  return client.as({ user: `system:serviceaccount:kube-system:${account}`, fieldManager: 'kube-controller-manager' });
}

function createAutoscalerController(context: ControllersContext): Controller {
  const { client, clock, resourceMetrics: resource } = context;
  const sources = { resource, custom: context.customMetrics ?? new AdapterMetrics({ client, clock, links: {} }) };
  return new HorizontalPodAutoscalerController({ ...context, sources });
}
