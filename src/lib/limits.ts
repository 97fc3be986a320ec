/**
 * Every limit on untrusted input and on Berth's own growth, in one place. Going over one is a `LimitExceeded` error
 * that names it. Units are last in each name.
 */
export const LIMITS = {
  /** One YAML file. */
  manifestFileBytes: 5 * 1024 * 1024,
  /** Documents in one file, after `List` is unwrapped. */
  manifestDocumentsPerFile: 10_000,
  /** Nesting of one document. */
  manifestDepth: 64,
  /** Expansions of aliases in one document. */
  manifestAliases: 100,
  /** Values that the expansions of one document's aliases may add up to. */
  manifestAliasValues: 100_000,
  /** Words, marks and spaces of one YAML file. */
  manifestTokens: 1_000_000,
  /** Files below one application's path. */
  applicationFiles: 50_000,
  /** One object as JSON, as etcd and Kubernetes have it. */
  objectBytes: 1_572_864,
  /** All files of one Helm chart. */
  chartBytes: 32 * 1024 * 1024,
  /** Files of one Helm chart. */
  chartFiles: 5_000,
  /** What helm may print of one chart. */
  chartOutputBytes: 32 * 1024 * 1024,
  /** One run of helm. */
  chartRenderMs: 60_000,
  /** Address space of helm; a chart whose templates grow without end stops there. */
  chartMemoryBytes: 2 * 1024 * 1024 * 1024,
  /** Helm processes at one time. */
  parallelCharts: 2,
  /** Rendered charts that are kept in memory. */
  chartCacheBytes: 64 * 1024 * 1024,
  /** One run of a kustomize program, fetching included. */
  kustomizeBuildMs: 120_000,
  /** What a kustomize program may print of one kustomization. */
  kustomizeBuildBytes: 32 * 1024 * 1024,
  /** All files of a repository that are handed to a kustomize program. */
  kustomizeTreeBytes: 128 * 1024 * 1024,
  /** Kustomizations below each other; more is a mistake or an attack. */
  kustomizationDepth: 50,
  /** Kustomizations that one build reads: with components, or origins to tell, each way to one counts. */
  kustomizationLoads: 5_000,
  /** Objects of one build. */
  kustomizationObjects: 20_000,
  /** All objects of one build as JSON. */
  kustomizationOutputBytes: 128 * 1024 * 1024,
  /** Properties looked at for one type of `crds`: references can name each other in ever more ways. */
  customTypeProperties: 10_000,
  /** `${...}` inside of each other's defaults. */
  variableDepth: 50,
  /**
   * Steps that taking a pattern away from one variable may take: characters of the value times those of the pattern.
   */
  variablePatternSteps: 10_000_000,
  /** Pods that one workload may ask for at a time. */
  workloadPods: 10_000,
  /** Problems reported of one commit; the rest is counted. */
  diagnostics: 500,
  /** Longest run of synchronous work before other work gets its turn. */
  turnMs: 10,
  /** Events that the store keeps for watches and reads in the past. */
  storeHistoryEvents: 10_000,
  /** Memory of superseded values that the store keeps for the same. */
  storeHistoryBytes: 16 * 1024 * 1024,
  /** A segment of the store's log is closed and the next one begun when it is larger than this. */
  storeSegmentBytes: 32 * 1024 * 1024,
  /** Log that the store writes before it takes a snapshot; more where the last snapshot is larger. */
  storeLogBytes: 32 * 1024 * 1024,
  /** One HTTP request body. */
  requestBodyBytes: 3 * 1024 * 1024,

  // Rendering
  /** Results of rendering that are kept on disk. */
  renderCacheBytes: 128 * 1024 * 1024,

  // Secrets
  /** Secrets that lie in a folder of the box. */
  secretFolders: 1_000,
  /** The files of one of them, as Kubernetes bounds a Secret. */
  secretBytes: 1024 * 1024,
  /** The file with the age keys of the box. */
  keyFileBytes: 64 * 1024,

  // Source
  /** One Git object other than a manifest: a commit or a tree. */
  gitObjectBytes: 32 * 1024 * 1024,
  /** One file of the status branch that is read back to see whose it is. */
  publishedFileBytes: 64 * 1024 * 1024,
  /** What isomorphic-git may read out of its packs before its cache is dropped. */
  gitCacheReadBytes: 64 * 1024 * 1024,
  /** Packs of a repository up to which reading in the process is worth more than starting system git. */
  gitSmallPackBytes: 1024 * 1024,
  /** Loose objects of a repository up to which the same holds. */
  gitSmallLooseObjects: 2_000,
  /** What one system git command may print. */
  gitOutputBytes: 16 * 1024 * 1024,
  /** One system git command, or its silence while it owes an answer. */
  gitCommandMs: 120_000,
  /** One fetch or push over the network, from its start to its end. */
  gitTransferMs: 600_000,
  /** Silence of a Git server before it counts as unreachable. */
  gitServerSilenceMs: 30_000,
  /** One answer of a Git server that isomorphic-git takes into memory. */
  gitResponseBytes: 256 * 1024 * 1024,

  // Node agent
  /** Memory that all Secret volumes of the box may take. */
  secretVolumesBytes: 256 * 1024 * 1024,
  /** The note of which images Berth has pulled. */
  pulledImagesBytes: 4 * 1024 * 1024,
  /** Levels of folders in a volume that is given to the group of a pod: each holds two open files meanwhile. */
  volumeFolderDepth: 128,
  /** One file of a container's log, as the kubelet's `containerLogMaxSize`. */
  containerLogBytes: 10 * 1024 * 1024,
  /** Files of a container's log, as the kubelet's `containerLogMaxFiles`. */
  containerLogFiles: 5,
  /** Last words of a container, as the kubelet bounds them. */
  terminationMessageBytes: 4096,
  /** All last words of one pod, shared equally among its containers. */
  terminationMessagesOfPodBytes: 12_288,
  /** Last words taken from the log's end, as the kubelet bounds them. */
  terminationLogTailBytes: 2048,
  terminationLogTailLines: 80,
  /** Body of a probe's answer that is read, and output of a command that is kept. */
  probeOutputBytes: 10 * 1024,
  /** Image pulls at one time. */
  parallelImagePulls: 3,
  /** Commands of probes that run at one time. */
  parallelExecProbes: 8,
  /** Questions to the engine of what a container is or uses, at one time. */
  parallelInspections: 8,
  /** Walks over the files of containers and volumes at one time, each by the engine or the disk. */
  parallelWalks: 2,

  // API
  /** Events kept in one namespace; the oldest go first. */
  eventsPerNamespace: 1_000,
  /** Objects in one page of a list over HTTP, whatever was asked for. */
  listPageObjects: 10_000,
  /** Bytes of watch events that wait for one slow HTTP client before its watch is ended. */
  watchBacklogBytes: 16 * 1024 * 1024,
  /** Watches, followed logs, commands and forwarded ports over HTTP at one time. */
  httpStreams: 1_000,
  /** One frame of a client that speaks SPDY. */
  spdyFrameBytes: 1024 * 1024,
  /** The headers of one of its streams. */
  spdyHeaderBytes: 16 * 1024,
  /** Streams that it has open at one time. */
  spdyStreams: 1_000,
  /** How often a client is pinged that waits for a slow process: what is not read does not tell that it has gone. */
  heldUpPingMs: 10_000,
  /** Wait for a pod to take a connection that is forwarded to it. */
  portConnectMs: 5_000,
  /** Time that a client whose upgrade was refused has to read why. */
  upgradeRefusalMs: 1_000,
  /** Time that it has to open those of a command. */
  streamCreationMs: 30_000,
  /** Bytes that are kept for a pod which has not taken a forwarded connection yet. */
  forwardEarlyBytes: 64 * 1024,
  /** Time that a client has to hang up once it was told the end of its streams. */
  streamHangUpMs: 30_000,
  /** Time that the head and body of one HTTP request may take to arrive. */
  httpRequestMs: 60_000,
  /** How long a connection stays open for a further request. */
  httpKeepAliveMs: 30_000,
  /** Time that what is under way has to end when the API closes. */
  httpCloseMs: 1_000,
  /** Connections to one port of the API, let in or not. */
  portConnections: 256,
  /** Time that a client of such a port has for its TLS handshake. */
  tlsHandshakeMs: 10_000,

  // Network
  /** Names that are being asked of the host's own name servers at one time; beyond it queries fail at once. */
  dnsParallelForwards: 256,
  /** Answers of other name servers that are kept. */
  dnsCacheEntries: 2_000,
  /** Longest time that one is kept, whatever it says itself. */
  dnsCacheMs: 30_000,
  /** Wait for one of the host's name servers before the next one is asked. */
  dnsForwardMs: 2_000,

  // Metrics
  /** One answer of a metrics adapter, from the question to its last byte. */
  metricsAnswerMs: 10_000,
  metricsAnswerBytes: 4 * 1024 * 1024,
  /** Questions to one metrics adapter at one time; the others wait their turn. */
  parallelMetricQuestions: 4,
  /** Different questions to one metrics adapter; beyond it they fail at once. */
  metricQuestions: 1_000,

  // Reports
  /** One report to one place, its retries on the spot included. */
  reportMs: 120_000,
  /** One run of the Action, whatever it is doing; the planner's own limit is lower. */
  actionMs: 300_000,
  /** Resident memory of one run of the Action. */
  actionMemoryBytes: 3 * 1024 * 1024 * 1024,
  /** What of an answer of GitHub or a webhook is read. */
  reportAnswerBytes: 4 * 1024 * 1024,
  /** A comment on a pull request: 65,536 characters are the end at GitHub. */
  commentBytes: 60_000,
  /** A job's summary: its upload is given up above 1 MiB. */
  jobSummaryBytes: 900 * 1024,
  // Plans
  /** Workloads whose starts the box remembers, and images whose pulls it does; the ones seen last. */
  observedWorkloads: 2_000,
  observedPulls: 500,
  /** Pods of one rehearsal, over all its time. */
  rehearsalPods: 20_000,
  /** Virtual time that one rehearsal plays. */
  rehearsalVirtualMs: 7_200_000,
  /** Timers that fire in one rehearsal: its work, whatever the machine. */
  rehearsalTimers: 20_000_000,
  /** Time that one plan takes on the clock of the machine. */
  planMs: 120_000,
  /** Memory of the process that plans. */
  planHeapBytes: 2 * 1024 ** 3,
  /** Images of which registries are asked in one plan. */
  planImages: 200,
  /** Such questions at one time. */
  parallelRegistryLookups: 4,
  /** All of them together. */
  registryLookupsMs: 60_000,
  /** One answer of a registry or of who issues its tokens. */
  registryAnswerMs: 10_000,
  registryAnswerBytes: 256 * 1024,
  /** Redirects within one registry. */
  registryRedirects: 3,
  /** Redirects of an API's answer, such as that of a repository that was renamed. */
  apiRedirects: 3,
  /** Redirects on the way to a Git server. */
  gitRedirects: 5,
  /** Commits that the search for a merge base looks at. */
  mergeBaseCommits: 50_000,
  /** The live state that the status branch holds, in one file. */
  liveStateBytes: 256 * 1024 * 1024,

  // Objects
  /** Clocks of time zones that are kept. */
  timeZoneClocks: 64,
  /** Operations of one JSON patch, as the API server bounds them. */
  jsonPatchOperations: 10_000,
  /** Steps of one JSON pointer. */
  jsonPointerSteps: 500,
  /** Nodes of field ownership that are shared between objects; beyond it sharing starts anew. */
  sharedFieldNodes: 100_000,
  /** Steps that are remembered of how such nodes were put together; beyond it remembering starts anew. */
  fieldNodeSteps: 20_000,
  /** Such nodes whose JSON is kept. */
  fieldTexts: 500,
} as const;
