/**
 * The API objects as types: the interfaces of `kubernetes-models`, with what the registry guarantees of a stored object
 * made explicit. Objects that the registry hands out are deeply frozen and shared: read them, never change them; copy
 * on write.
 */
import type { IIoK8sApimachineryPkgApisMetaV1ObjectMeta as IObjectMeta } from '@kubernetes-models/apimachinery/apis/meta/v1/ObjectMeta';
import type { IDaemonSet } from 'kubernetes-models/apps/v1/DaemonSet';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IReplicaSet } from 'kubernetes-models/apps/v1/ReplicaSet';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob';
import type { IJob } from 'kubernetes-models/batch/v1/Job';
import type { IEndpointSlice } from 'kubernetes-models/discovery.k8s.io/v1/EndpointSlice';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IPriorityClass } from 'kubernetes-models/scheduling.k8s.io/v1/PriorityClass';
import type { IStorageClass } from 'kubernetes-models/storage.k8s.io/v1/StorageClass';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { IEndpoints } from 'kubernetes-models/v1/Endpoints';
import type { IEvent } from 'kubernetes-models/v1/Event';
import type { ILimitRange } from 'kubernetes-models/v1/LimitRange';
import type { INamespace } from 'kubernetes-models/v1/Namespace';
import type { INode } from 'kubernetes-models/v1/Node';
import type { IPersistentVolume } from 'kubernetes-models/v1/PersistentVolume';
import type { IPersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import type { IPod } from 'kubernetes-models/v1/Pod';
import type { IReplicationController } from 'kubernetes-models/v1/ReplicationController';
import type { IResourceQuota } from 'kubernetes-models/v1/ResourceQuota';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import type { IService } from 'kubernetes-models/v1/Service';
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount';

export type ObjectMeta = IObjectMeta;

/**
 * What the registry has set on every stored object. `resourceVersion` is the store revision of its last change, in
 * decimal.
 */
export type StoredMeta = ObjectMeta & {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
};

/** An object as somebody writes it, before the registry has seen it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: ObjectMeta;
  readonly [field: string]: unknown;
}

/** An object as the registry hands it out. */
export type Stored<T> = Omit<T, 'metadata'> & { readonly metadata: StoredMeta };
export type StoredObject = Stored<{ readonly apiVersion: string; readonly kind: string }> & {
  readonly [field: string]: unknown;
};

export type ConfigMap = Stored<IConfigMap>;
export type CronJob = Stored<ICronJob>;
export type DaemonSet = Stored<IDaemonSet>;
export type Deployment = Stored<IDeployment>;
export type Endpoints = Stored<IEndpoints>;
export type EndpointSlice = Stored<IEndpointSlice>;
export type Event = Stored<IEvent>;
export type HorizontalPodAutoscaler = Stored<IHorizontalPodAutoscaler>;
export type Job = Stored<IJob>;
export type Namespace = Stored<INamespace>;
export type Node = Stored<INode>;
export type PersistentVolume = Stored<IPersistentVolume>;
export type PersistentVolumeClaim = Stored<IPersistentVolumeClaim>;
export type Pod = Stored<IPod>;
export type ReplicaSet = Stored<IReplicaSet>;
export type LimitRange = Stored<ILimitRange>;
export type PodDisruptionBudget = Stored<IPodDisruptionBudget>;
export type PriorityClass = Stored<IPriorityClass>;
export type ReplicationController = Stored<IReplicationController>;
export type ResourceQuota = Stored<IResourceQuota>;
export type Secret = Stored<ISecret>;
export type Service = Stored<IService>;
export type ServiceAccount = Stored<IServiceAccount>;
export type StatefulSet = Stored<IStatefulSet>;
export type StorageClass = Stored<IStorageClass>;

/** The kinds that Berth's own components read and write by name, and the type each has. */
export interface KindTypes {
  ConfigMap: ConfigMap;
  DaemonSet: DaemonSet;
  Deployment: Deployment;
  Endpoints: Endpoints;
  EndpointSlice: EndpointSlice;
  Event: Event;
  HorizontalPodAutoscaler: HorizontalPodAutoscaler;
  Job: Job;
  CronJob: CronJob;
  Namespace: Namespace;
  Node: Node;
  PersistentVolume: PersistentVolume;
  PersistentVolumeClaim: PersistentVolumeClaim;
  Pod: Pod;
  ReplicaSet: ReplicaSet;
  LimitRange: LimitRange;
  PodDisruptionBudget: PodDisruptionBudget;
  PriorityClass: PriorityClass;
  ReplicationController: ReplicationController;
  ResourceQuota: ResourceQuota;
  Secret: Secret;
  Service: Service;
  ServiceAccount: ServiceAccount;
  StatefulSet: StatefulSet;
  StorageClass: StorageClass;
}
export type KnownKind = keyof KindTypes;
