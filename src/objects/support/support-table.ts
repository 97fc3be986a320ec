import type { JsonValue } from '../../lib/json.ts';

/** What Berth does with a field that it does not implement, or not for every value. */
export interface SupportRule {
  /**
   * `inert`: stored, shown, and nothing acts on it. `refused`: an error, because the object would not do what it says.
   */
  readonly support: 'inert' | 'refused';
  /** Why, and what to do instead, as a clause. */
  readonly reason: string;
  /**
   * Values with which the field asks for nothing that Berth does not do. `false`, empty texts, lists and objects never
   * ask for anything.
   */
  readonly harmless?: readonly JsonValue[];
  /** Applies to these values only. */
  readonly values?: readonly JsonValue[];
}

/** A type's fields: those that Berth carries out, separated by spaces, and the rules for all others. */
export interface TypeSupport {
  readonly implemented: string;
  readonly rules?: Readonly<Record<string, SupportRule | readonly SupportRule[]>>;
}

function inert(reason: string, harmless?: readonly JsonValue[]): SupportRule {
  return { support: 'inert', reason, ...(harmless && { harmless }) };
}
function refused(reason: string, harmless?: readonly JsonValue[]): SupportRule {
  return { support: 'refused', reason, ...(harmless && { harmless }) };
}

const NO_TOKENS = 'Berth issues no tokens to pods yet; the pod runs without one';
const NO_NETWORK_STORAGE =
  'Berth attaches no network or cloud storage; mount it on the box and use hostPath where the box allows it';
const NO_DEVICES = 'Berth does not allocate devices';
const ENGINE_PROFILE = "every container runs under the engine's own default profile";
const LINUX_ONLY = 'Berth runs Linux containers only';
const NO_LOAD_BALANCER = 'Berth has no load balancer';

const NO_COPIES = 'Berth takes no snapshots and copies no volumes; fill the volume in an init container';

/** Sources of volumes that need a driver of a storage system. */
const FOREIGN_VOLUMES = [
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'csi',
  'fc',
  'flexVolume',
  'flocker',
  'gcePersistentDisk',
  'glusterfs',
  'iscsi',
  'nfs',
  'photonPersistentDisk',
  'portworxVolume',
  'quobyte',
  'rbd',
  'scaleIO',
  'storageos',
  'vsphereVolume',
];

/**
 * Field by field, what Berth does with the types of which implemented kinds are made. Types that are carried out whole
 * are in `WHOLE_TYPES`.
 */
export const TYPE_SUPPORT: Readonly<Record<string, TypeSupport>> = {
  V1PodSpec: {
    implemented:
      'activeDeadlineSeconds affinity containers dnsConfig dnsPolicy enableServiceLinks hostAliases hostNetwork ' +
      'hostname imagePullSecrets initContainers nodeName nodeSelector os preemptionPolicy priority priorityClassName readinessGates restartPolicy schedulerName ' +
      'schedulingGates securityContext setHostnameAsFQDN subdomain terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes',
    rules: {
      automountServiceAccountToken: inert(NO_TOKENS),
      serviceAccount: inert(NO_TOKENS, ['default']),
      serviceAccountName: inert(NO_TOKENS, ['default']),
      ephemeralContainers: refused('ephemeral containers are added to a running pod, never written in its spec'),
      hostIPC: refused("Berth does not share the host's IPC namespace"),
      hostPID: refused("Berth does not share the host's process namespace"),
      hostUsers: {
        ...refused('Berth gives pods no user namespace of their own; they would be less isolated than asked for'),
        values: [false],
      },
      overhead: refused('overhead is set by a RuntimeClass, and Berth has no runtimes but the default one'),
      resources: refused(
        'Docker limits containers, and nothing limits those of a pod together; set resources of its containers',
      ),
      resourceClaims: refused(NO_DEVICES),
      runtimeClassName: refused(
        "Berth runs every pod with the engine's default runtime; a sandbox that is asked for would be missing",
      ),
      shareProcessNamespace: inert('each container has a process namespace of its own'),
    },
  },
  V1PodOS: { implemented: '', rules: { name: refused(LINUX_ONLY, ['linux']) } },
  V1PodSecurityContext: {
    implemented:
      'fsGroup fsGroupChangePolicy runAsGroup runAsNonRoot runAsUser seccompProfile appArmorProfile supplementalGroups sysctls',
    rules: {
      seLinuxChangePolicy: inert('Berth sets no SELinux labels'),
      seLinuxOptions: inert('Berth sets no SELinux labels'),
      supplementalGroupsPolicy: refused('the groups of the image are always kept', ['Merge']),
      windowsOptions: refused(LINUX_ONLY),
    },
  },

  V1Container: {
    implemented:
      'args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe resources ' +
      'restartPolicy securityContext startupProbe stdin stdinOnce terminationMessagePath terminationMessagePolicy tty ' +
      'volumeMounts workingDir',
    rules: {
      resizePolicy: inert('resources are not changed in place; a change makes a new pod'),
      volumeDevices: refused('Berth has no block devices'),
    },
  },
  V1SecurityContext: {
    implemented:
      'allowPrivilegeEscalation appArmorProfile capabilities privileged readOnlyRootFilesystem runAsGroup runAsNonRoot ' +
      'runAsUser seccompProfile',
    rules: {
      procMount: refused("the engine's mask over /proc stays", ['Default']),
      seLinuxOptions: inert('Berth sets no SELinux labels'),
      windowsOptions: refused(LINUX_ONLY),
    },
  },
  V1SeccompProfile: {
    implemented: '',
    rules: { type: inert(ENGINE_PROFILE, ['RuntimeDefault']), localhostProfile: inert(ENGINE_PROFILE) },
  },
  V1AppArmorProfile: {
    implemented: '',
    rules: { type: inert(ENGINE_PROFILE, ['RuntimeDefault']), localhostProfile: inert(ENGINE_PROFILE) },
  },
  V1ResourceRequirements: {
    implemented: 'limits requests',
    rules: {
      claims: refused(NO_DEVICES),
    },
  },
  V1Probe: {
    implemented:
      'exec failureThreshold httpGet initialDelaySeconds periodSeconds successThreshold tcpSocket ' +
      'terminationGracePeriodSeconds timeoutSeconds',
    rules: { grpc: refused('Berth does not probe over gRPC yet; use exec, httpGet or tcpSocket') },
  },
  V1LifecycleHandler: {
    implemented: 'exec httpGet sleep',
    rules: { tcpSocket: refused('Kubernetes itself has no such hook; use exec, httpGet or sleep') },
  },
  V1VolumeMount: {
    implemented: 'mountPath name readOnly subPath subPathExpr',
    rules: {
      mountPropagation: refused('mounts do not pass between the box and its containers', ['None']),
      recursiveReadOnly: refused('what is mounted below a mount may stay writable', ['Disabled', 'IfPossible']),
    },
  },

  V1Volume: {
    implemented: 'configMap downwardAPI emptyDir ephemeral hostPath name persistentVolumeClaim projected secret',
    rules: {
      ...Object.fromEntries(FOREIGN_VOLUMES.map((source) => [source, refused(NO_NETWORK_STORAGE)])),
      gitRepo: refused('it is deprecated and disabled in Kubernetes; clone in an init container'),
      image: refused('volumes from images are alpha in Kubernetes 1.32; copy the files in an init container'),
    },
  },
  V1VolumeProjection: {
    implemented: 'configMap downwardAPI secret',
    rules: {
      clusterTrustBundle: refused('Berth has no trust bundles; use a ConfigMap'),
      serviceAccountToken: refused('Berth issues no tokens to pods yet'),
    },
  },
  V1EmptyDirVolumeSource: {
    implemented: 'medium sizeLimit',
  },

  V1PersistentVolumeClaimSpec: {
    implemented: 'accessModes resources selector storageClassName volumeName',
    rules: {
      dataSource: refused(NO_COPIES),
      dataSourceRef: refused(NO_COPIES),
      volumeAttributesClassName: refused('Berth has no attributes to set on volumes'),
      volumeMode: refused('Berth has no block devices', ['Filesystem']),
    },
  },
  V1VolumeResourceRequirements: {
    implemented: 'requests',
    rules: { limits: inert('a folder is as large as its disk; nothing limits it') },
  },
  V1PersistentVolumeSpec: {
    implemented: 'accessModes capacity claimRef hostPath local nodeAffinity storageClassName',
    rules: {
      ...Object.fromEntries(FOREIGN_VOLUMES.map((source) => [source, refused(NO_NETWORK_STORAGE)])),
      mountOptions: inert('a folder of the box is mounted as it is'),
      persistentVolumeReclaimPolicy: { ...refused('Berth scrubs no volumes'), values: ['Recycle'] },
      volumeAttributesClassName: refused('Berth has no attributes to set on volumes'),
      volumeMode: refused('Berth has no block devices', ['Filesystem']),
    },
  },
  V1LocalVolumeSource: {
    implemented: 'path',
    rules: { fsType: inert('Berth mounts folders, not block devices') },
  },
  V1StorageClass: {
    implemented: 'allowVolumeExpansion allowedTopologies apiVersion kind metadata reclaimPolicy volumeBindingMode',
    rules: {
      mountOptions: inert('a folder of the box is mounted as it is'),
      parameters: inert('volumes are folders below the data directory, whatever their class says'),
      provisioner: inert(
        'Berth provisions for rancher.io/local-path only; claims of this class wait for a volume that somebody else makes',
        ['rancher.io/local-path', 'kubernetes.io/no-provisioner'],
      ),
    },
  },

  V1SessionAffinityConfig: { implemented: 'clientIP' },
  V1ClientIPConfig: { implemented: 'timeoutSeconds' },

  V1ServiceSpec: {
    implemented:
      'allocateLoadBalancerNodePorts clusterIP clusterIPs externalName externalTrafficPolicy internalTrafficPolicy ports publishNotReadyAddresses selector sessionAffinity sessionAffinityConfig trafficDistribution',
    rules: {
      type: [
        { ...inert(`${NO_LOAD_BALANCER}; the service is reached through its node ports`), values: ['LoadBalancer'] },
      ],
      externalIPs: refused('Berth takes no traffic for foreign addresses; use a NodePort'),
      healthCheckNodePort: inert(NO_LOAD_BALANCER),
      ipFamilies: refused('Berth has an IPv4 network only', [['IPv4'], ['']]),
      ipFamilyPolicy: refused('Berth has an IPv4 network only', ['SingleStack', 'PreferDualStack']),
      loadBalancerClass: inert(NO_LOAD_BALANCER),
      loadBalancerIP: inert(NO_LOAD_BALANCER),
      loadBalancerSourceRanges: refused('Berth does not filter by sender; the ports would be open to all'),
    },
  },

  V1StatefulSetSpec: {
    implemented:
      'minReadySeconds ordinals persistentVolumeClaimRetentionPolicy podManagementPolicy replicas revisionHistoryLimit ' +
      'selector serviceName template updateStrategy volumeClaimTemplates',
  },
  V1JobSpec: {
    implemented:
      'activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode completions manualSelector ' +
      'maxFailedIndexes parallelism podFailurePolicy podReplacementPolicy selector successPolicy suspend template ' +
      'ttlSecondsAfterFinished',
    rules: {
      managedBy: inert('Berth leaves such a Job to the controller that it names', ['kubernetes.io/job-controller']),
    },
  },

  V1NodeSpec: {
    implemented: 'externalID podCIDR podCIDRs providerID taints unschedulable',
    rules: { configSource: refused('Kubernetes itself configures no kubelets through the API any more') },
  },
  V1Endpoint: {
    implemented: 'addresses conditions hints hostname nodeName targetRef zone',
    rules: { deprecatedTopology: inert('it is deprecated') },
  },
};

/** Types that Berth carries out, or keeps for those who read them, with every field. */
export const WHOLE_TYPES: readonly string[] = [
  'V1ObjectMeta',
  'V1OwnerReference',
  'V1ManagedFieldsEntry',
  'V1ObjectReference',
  'V1LocalObjectReference',
  'V1LabelSelector',
  'V1LabelSelectorRequirement',
  'V1ConfigMap',
  'V1Secret',
  'V1Namespace',
  'V1NamespaceSpec',
  'V1Node',
  'V1Taint',
  'CoreV1Event',
  'CoreV1EventSeries',
  'V1EventSource',
  'V1Lease',
  'V1LeaseSpec',
  'V1Endpoints',
  'V1EndpointSubset',
  'V1EndpointAddress',
  'CoreV1EndpointPort',
  'V1EndpointSlice',
  'V1EndpointConditions',
  'V1EndpointHints',
  'V1ForNode',
  'V1ForZone',
  'DiscoveryV1EndpointPort',
  'V1Service',
  'V1ServicePort',
  'V1Deployment',
  'V1DeploymentSpec',
  'V1DeploymentStrategy',
  'V1RollingUpdateDeployment',
  'V1ReplicaSet',
  'V1ReplicaSetSpec',
  'V1ControllerRevision',
  'V1DaemonSet',
  'V1DaemonSetSpec',
  'V1DaemonSetUpdateStrategy',
  'V1RollingUpdateDaemonSet',
  'V1StatefulSet',
  'V1StatefulSetOrdinals',
  'V1StatefulSetUpdateStrategy',
  'V1RollingUpdateStatefulSetStrategy',
  'V1Job',
  'V1JobTemplateSpec',
  'V1PodFailurePolicy',
  'V1PodFailurePolicyRule',
  'V1PodFailurePolicyOnExitCodesRequirement',
  'V1PodFailurePolicyOnPodConditionsPattern',
  'V1SuccessPolicy',
  'V1SuccessPolicyRule',
  'V1CronJob',
  'V1CronJobSpec',
  'V1ReplicationController',
  'V1ReplicationControllerSpec',
  'V1Toleration',
  'V1LimitRange',
  'V1LimitRangeSpec',
  'V1LimitRangeItem',
  'V1ResourceQuota',
  'V1ResourceQuotaSpec',
  'V1ScopeSelector',
  'V1ScopedResourceSelectorRequirement',
  'V1PodDisruptionBudget',
  'V1PodDisruptionBudgetSpec',
  'V1PriorityClass',
  'V1HorizontalPodAutoscaler',
  'V1HorizontalPodAutoscalerSpec',
  'V1CrossVersionObjectReference',
  'V2HorizontalPodAutoscaler',
  'V2HorizontalPodAutoscalerSpec',
  'V2HorizontalPodAutoscalerBehavior',
  'V2HPAScalingRules',
  'V2HPAScalingPolicy',
  'V2CrossVersionObjectReference',
  'V2ResourceMetricSource',
  'V2ContainerResourceMetricSource',
  'V2ExternalMetricSource',
  'V2MetricIdentifier',
  'V2MetricSpec',
  'V2ObjectMetricSource',
  'V2PodsMetricSource',
  'V2MetricTarget',
  'V1PodTemplateSpec',
  'V1Pod',
  'V1Affinity',
  'V1NodeAffinity',
  'V1PodAffinity',
  'V1PodAntiAffinity',
  'V1PodAffinityTerm',
  'V1WeightedPodAffinityTerm',
  'V1TopologySpreadConstraint',
  'V1NodeSelector',
  'V1NodeSelectorTerm',
  'V1NodeSelectorRequirement',
  'V1PreferredSchedulingTerm',
  'V1PodDNSConfig',
  'V1PodDNSConfigOption',
  'V1HostAlias',
  'V1PodReadinessGate',
  'V1PodSchedulingGate',
  'V1Sysctl',
  'V1EnvVar',
  'V1EnvVarSource',
  'V1EnvFromSource',
  'V1ConfigMapEnvSource',
  'V1SecretEnvSource',
  'V1ConfigMapKeySelector',
  'V1SecretKeySelector',
  'V1ObjectFieldSelector',
  'V1ResourceFieldSelector',
  'V1ContainerPort',
  'V1Lifecycle',
  'V1ExecAction',
  'V1HTTPGetAction',
  'V1HTTPHeader',
  'V1SleepAction',
  'V1TCPSocketAction',
  'V1Capabilities',
  'V1ConfigMapVolumeSource',
  'V1SecretVolumeSource',
  'V1DownwardAPIVolumeSource',
  'V1DownwardAPIVolumeFile',
  'V1HostPathVolumeSource',
  'V1ProjectedVolumeSource',
  'V1ConfigMapProjection',
  'V1SecretProjection',
  'V1DownwardAPIProjection',
  'V1KeyToPath',
  'V1PersistentVolume',
  'V1PersistentVolumeClaim',
  'V1PersistentVolumeClaimTemplate',
  'V1PersistentVolumeClaimVolumeSource',
  'V1EphemeralVolumeSource',
  'V1StatefulSetPersistentVolumeClaimRetentionPolicy',
  'V1VolumeNodeAffinity',
  'V1TopologySelectorTerm',
  'V1TopologySelectorLabelRequirement',
];
