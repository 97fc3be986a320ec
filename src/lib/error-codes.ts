/** What the table says of a code. `class`: whether trying again can help, or somebody has to act. */
export interface ErrorCodeEntry {
  readonly class: 'retryable' | 'terminal';
  /** What the code means, as a sentence; `docs/errors.md` carries the same codes. */
  readonly summary: string;
  /** The usual next step, as a clause without a full stop. */
  readonly help: string;
}

/**
 * The closed table of error codes. A code is never reused for another meaning. Keep each section sorted by name; a test holds this
 * table and `docs/errors.md` to each other in both directions.
 */
export const ERROR_CODES = {
  // Limits and configuration
  ConfigInvalid: {
    class: 'terminal',
    summary: 'The configuration or an option has a wrong value.',
    help: 'correct the named option',
  },
  LimitExceeded: { class: 'terminal', summary: 'An input is over one of the limits.', help: 'make the input smaller' },

  // Manifests: files
  ApplicationSettingsIgnored: {
    class: 'terminal',
    summary: 'A berth.yaml stands in a folder that is no application of its own; its settings do not count.',
    help: 'move it to the folder of the application, or list it in .sourceignore',
  },
  ApplicationSettingsInvalid: {
    class: 'terminal',
    summary: 'The berth.yaml of an application has a field that is unknown or of the wrong type.',
    help: 'correct the named field',
  },
  ChartFailed: {
    class: 'terminal',
    summary: 'A chart could not be rendered by helm.',
    help: 'correct the template or value that is named; `helm template` shows the same',
  },
  ChartIgnored: {
    class: 'terminal',
    summary: 'A folder below an application is a Helm chart; its templates and values are passed over.',
    help: 'add the folder as an application path, or list it in .sourceignore',
  },
  HelmMissing: {
    class: 'terminal',
    summary: 'A chart has to be rendered and no helm program was found.',
    help: 'install helm, or name it with --helm or `helm:` in the configuration',
  },
  HookIgnored: {
    class: 'terminal',
    summary:
      'A hook of a chart belongs to an event that does not happen here, such as a test or a deletion; it is not applied.',
    help: 'nothing is to be done; set spec.helm.skipHooks to have no hooks at all',
  },
  DecryptionFailed: {
    class: 'terminal',
    summary: 'An encrypted file is broken, or was changed after it was encrypted.',
    help: 'encrypt it again with sops',
  },
  DecryptionKeyMissing: {
    class: 'terminal',
    summary: 'A file is encrypted for keys that this box does not have.',
    help: 'add the recipient of the box to .sops.yaml and run `sops updatekeys`, or give the box the key with ageKeyFile',
  },
  KustomizationInvalid: {
    class: 'terminal',
    summary: 'A kustomization, or a file that configures one, has a field that is unknown or of the wrong type.',
    help: 'correct the named field',
  },
  KustomizeNeeded: {
    class: 'terminal',
    summary:
      'A kustomization has a remote base or a plugin, which only a kustomize program can build, and this box allows none.',
    help: 'bring what it needs into the repository, or allow a program with `kustomize:` in the configuration of the box',
  },
  ManifestBinary: {
    class: 'terminal',
    summary: 'A manifest is not text: it contains NUL bytes.',
    help: 'remove the file or list it in .sourceignore',
  },
  ManifestEncoding: {
    class: 'terminal',
    summary: 'A manifest is not UTF-8.',
    help: 'save the file as UTF-8',
  },
  ManifestIncomplete: {
    class: 'terminal',
    summary: 'A document has only one of apiVersion and kind, or no text in one of them.',
    help: 'write both, or list the file in .sourceignore when it is no manifest',
  },
  ObjectDuplicate: {
    class: 'terminal',
    summary: 'The same object is written in two places.',
    help: 'keep one of the two',
  },
  ReferenceMissing: {
    class: 'terminal',
    summary: 'An object refers to another that is not in the application and may not exist.',
    help: 'add the object, or correct the name',
  },
  RenderFailed: {
    class: 'terminal',
    summary: 'A patch, generator or transformer of a kustomization cannot do what it is asked to.',
    help: 'correct the named field of the kustomization, or the file it names',
  },
  RenderFileMissing: {
    class: 'terminal',
    summary: 'A kustomization names a file or folder that does not exist.',
    help: 'add the file, or correct the path',
  },
  RenderRefused: {
    class: 'terminal',
    summary: 'A kustomization wants something from outside of its folder, or code to be run.',
    help: 'bring what it needs into the repository, or commit the rendered result',
  },
  SubmoduleIgnored: {
    class: 'terminal',
    summary: 'A Git submodule is not fetched; its files are passed over.',
    help: 'commit the manifests themselves, or list the folder in .sourceignore',
  },
  SymlinkIgnored: {
    class: 'terminal',
    summary: 'A symbolic link inside the repository is not followed, as Flux does it.',
    help: 'commit the file itself, or add the folder it points to as an application path',
  },
  SymlinkRefused: {
    class: 'terminal',
    summary: 'A symbolic link points out of the repository.',
    help: 'commit the file itself, or list the link in .sourceignore',
  },
  YamlAlias: {
    class: 'terminal',
    summary: 'A YAML alias has no anchor before it, or contains itself.',
    help: 'define the anchor earlier in the same document',
  },
  YamlDuplicateKey: {
    class: 'terminal',
    summary: 'A mapping has the same key twice.',
    help: 'keep one of the two',
  },
  YamlSyntax: { class: 'terminal', summary: 'The file is not valid YAML.', help: 'correct the syntax' },
  YamlTab: {
    class: 'terminal',
    summary: 'A tab is used as indentation, which YAML forbids.',
    help: 'indent with spaces',
  },
  YamlTagUnknown: {
    class: 'terminal',
    summary: 'A YAML tag means nothing to Kubernetes and is dropped.',
    help: 'remove the tag',
  },
  YamlValue: {
    class: 'terminal',
    summary: 'A YAML value has no exact counterpart in JSON.',
    help: 'quote the value',
  },

  // Manifests: objects and their fields, in Kubernetes' words where it has some
  ApiVersionRemoved: {
    class: 'terminal',
    summary: 'Kubernetes has removed this version of the API.',
    help: 'use the version that replaced it',
  },
  FieldImmutable: {
    class: 'terminal',
    summary: 'A field that cannot change after creation was changed.',
    help: 'change it back, or delete the object and create it anew',
  },
  FieldInert: {
    class: 'terminal',
    summary: 'A field is stored and shown, and nothing acts on it yet.',
    help: 'do not rely on it',
  },
  FieldRefused: {
    class: 'terminal',
    summary: 'A field asks for something that Berth does not do, and ignoring it would mislead.',
    help: 'remove the field',
  },
  FieldUnknown: { class: 'terminal', summary: 'The kind has no such field.', help: 'correct the name or remove it' },
  FieldValueDuplicate: {
    class: 'terminal',
    summary: 'A value that must be unique appears twice.',
    help: 'keep one of the two',
  },
  FieldValueForbidden: { class: 'terminal', summary: 'A field may not be set here.', help: 'remove the field' },
  FieldValueInvalid: { class: 'terminal', summary: 'A field has an invalid value.', help: 'correct the value' },
  FieldValueNotSupported: {
    class: 'terminal',
    summary: 'A field has a value outside its list of values.',
    help: 'use one of the listed values',
  },
  FieldValueRequired: { class: 'terminal', summary: 'A required field is missing.', help: 'add the field' },
  FieldValueTooLong: { class: 'terminal', summary: 'A value is too long.', help: 'shorten it' },
  FieldValueTooMany: { class: 'terminal', summary: 'A list has too many items.', help: 'remove some' },
  FieldValueTypeInvalid: {
    class: 'terminal',
    summary: 'A field has a value of the wrong type.',
    help: 'correct the type',
  },
  KindInert: {
    class: 'terminal',
    summary: 'Objects of this kind are stored and shown, and nothing acts on them yet.',
    help: 'do not rely on it',
  },
  KindRefused: {
    class: 'terminal',
    summary: 'Berth does not run this kind, and ignoring it would mislead.',
    help: 'remove the object',
  },
  KindUnknown: { class: 'terminal', summary: 'Berth does not know this kind.', help: 'correct apiVersion and kind' },

  // Source
  BranchMissing: {
    class: 'retryable',
    summary: 'The repository has no branch of this name.',
    help: 'push the branch, or correct --branch; Berth goes on by itself',
  },
  HostKeyUnknown: {
    class: 'retryable',
    summary: 'The ssh host shows a key that is not trusted.',
    help: 'compare the key with what the host publishes and add it to the known_hosts file',
  },
  RepositoryDamaged: {
    class: 'retryable',
    summary: 'An object of the repository is missing or not what its id says.',
    help: 'run `git fsck` in it and push again what is missing',
  },
  RepositoryInvalid: {
    class: 'retryable',
    summary: 'What is there is no Git repository, or one that Berth cannot read.',
    help: 'correct --repo, or the repository',
  },
  RepositoryLocked: {
    class: 'retryable',
    summary: 'Another git process held or moved the branch for too long.',
    help: 'nothing, unless a lock file was left behind',
  },
  RepositoryMissing: {
    class: 'retryable',
    summary: 'There is no repository at this place.',
    help: 'create it, or correct --repo; Berth goes on by itself',
  },
  RepositoryReadOnly: {
    class: 'retryable',
    summary: 'The status branch cannot be written; deploying goes on.',
    help: 'give Berth write access, or live without the status branch',
  },
  RepositoryUnauthorized: {
    class: 'retryable',
    summary: 'The repository refuses the credentials, or has none to check.',
    help: 'correct the credential file; it is read again at the next attempt',
  },
  RepositoryUnreachable: {
    class: 'retryable',
    summary: 'The repository cannot be reached at the moment.',
    help: 'check the network; Berth tries again by itself',
  },
  RevisionMissing: {
    class: 'terminal',
    summary: 'The repository has no branch, tag or commit of this name.',
    help: 'correct the revision',
  },
  StatusFolderTaken: {
    class: 'terminal',
    summary: 'The folder of the status branch belongs to something else.',
    help: 'choose another --cluster name, or remove the folder from the branch',
  },

  // Store
  DiskFailed: {
    class: 'terminal',
    summary: 'A write or sync of the store failed; nothing unpersisted was shown to anybody.',
    help: 'free space or repair the disk, then start Berth again',
  },
  StoreCorrupt: {
    class: 'terminal',
    summary: 'The store is damaged somewhere other than at the torn end of its log.',
    help: 'restore a backup with `berth store restore`',
  },
  StoreExists: {
    class: 'terminal',
    summary: 'The target directory already holds a store.',
    help: 'choose an empty directory; `berth store restore --replace` moves a store that is there aside',
  },
  StoreLocked: {
    class: 'terminal',
    summary: 'Another process uses this data directory.',
    help: 'stop the other Berth or choose another --data-dir',
  },
  StoreVersion: {
    class: 'terminal',
    summary: 'The store was written by a newer Berth.',
    help: 'run that version, or restore an older backup',
  },
  // API
  ApiUnreachable: {
    class: 'retryable',
    summary: 'The connection to a running Berth was lost.',
    help: 'try again; if it stays so, read the log of Berth',
  },

  // The API's reasons
  AlreadyExists: {
    class: 'terminal',
    summary: 'An object of this name exists already.',
    help: 'choose another name',
  },
  BadRequest: { class: 'terminal', summary: 'The request makes no sense.', help: 'correct the request' },
  Conflict: {
    class: 'retryable',
    summary: 'The object was changed by somebody else meanwhile.',
    help: 'read it again and repeat the change',
  },
  Forbidden: {
    class: 'terminal',
    summary: 'A policy of this box or of the namespace forbids it.',
    help: 'remove what is forbidden, or allow it in the configuration of the box',
  },
  Invalid: { class: 'terminal', summary: 'The object is invalid.', help: 'correct the named field' },
  NotFound: {
    class: 'terminal',
    summary: 'The object, or what it lies in, does not exist.',
    help: 'create it first, or correct the name',
  },
  Refused: { class: 'terminal', summary: 'The API refused a request.', help: 'read the message' },

  // The box
  DockerMissing: {
    class: 'terminal',
    summary: 'No Docker engine can be reached, or it lacks something that Berth needs.',
    help: 'run `berth doctor`',
  },
  NotRunning: {
    class: 'terminal',
    summary: 'No Berth runs on this data directory.',
    help: 'start it with `berth up`, or name its --data-dir',
  },
  RightsMissing: {
    class: 'terminal',
    summary: 'This needs rights that the present user does not have.',
    help: 'run it as root',
  },
  Unhealthy: {
    class: 'terminal',
    summary: 'What was rolled out did not become what it should be.',
    help: 'look at it with `berth status` and `berth events -A`',
  },
  UsageInvalid: {
    class: 'terminal',
    summary: 'The command line has a mistake.',
    help: 'see the command’s --help',
  },

  // Network
  DnsUnavailable: {
    class: 'retryable',
    summary: "The name server of the pods cannot listen, or the host's own name servers do not answer.",
    help: 'free port 53 on the address of the pod network; Berth tries again by itself',
  },
  NodePortBusy: {
    class: 'retryable',
    summary: 'A port of a service cannot be opened on this machine.',
    help: 'stop what listens there, or choose another nodePort; Berth tries again by itself',
  },
  PacketRulesFailed: {
    class: 'retryable',
    summary: 'The kernel or nft refused the rules of the services; the former rules stay.',
    help: 'read the message; Berth tries again by itself',
  },
  PacketRulesMissing: {
    class: 'retryable',
    summary: 'Packets cannot be redirected on this machine; services are carried by Berth itself, with limits.',
    help: 'install nftables, version 1.0.1 or later, and run Berth as root',
  },
  PodPathIncomplete: {
    class: 'retryable',
    summary: 'Some connections between services and pods do not pass on this machine.',
    help: 'read which, and run Berth as root with iptables and the kernel module br_netfilter',
  },

  // GitOps
  EmptyApplication: {
    class: 'terminal',
    summary: 'A commit declares nothing where it declared something before; what runs is kept.',
    help: 'restore the manifests, or remove the path from the configuration',
  },
  FieldConflict: {
    class: 'terminal',
    summary: 'Two applications set the same field to different values.',
    help: 'remove it from one of them',
  },
  PathMissing: {
    class: 'terminal',
    summary: 'The commit has no folder at a path that is configured.',
    help: 'restore the folder, or correct --path',
  },
  PruneFailed: {
    class: 'terminal',
    summary: 'An object that is no longer declared could not be deleted.',
    help: 'read the message; the next pass tries again',
  },

  // Reports to the outside
  ReportFailed: {
    class: 'retryable',
    summary: 'A report to GitHub or to a webhook could not be delivered. What runs is not touched by that.',
    help: 'it is tried again with growing pauses',
  },
  ReportRefused: {
    class: 'terminal',
    summary: 'GitHub or a webhook refuses a report, or its credential cannot be read.',
    help: 'correct the token and its permissions, or the address',
  },

  // Plans
  AvailabilityLost: {
    class: 'terminal',
    summary: 'A Service has no ready pod for a while, or for good.',
    help: 'keep old pods until new ones are ready: maxUnavailable 0 with room for maxSurge',
  },
  BudgetBlocks: {
    class: 'terminal',
    summary: 'A disruption budget lets no pod of its workload be evicted.',
    help: 'allow at least one: raise maxUnavailable, lower minAvailable, or add a replica',
  },
  CapacityExceeded: {
    class: 'terminal',
    summary: 'The pods request more than the node has.',
    help: 'lower requests or replicas',
  },
  ConfigurationStale: {
    class: 'terminal',
    summary: 'Running pods do not take in a changed ConfigMap or Secret.',
    help: 'restart them, or name the ConfigMap by its content (configMapGenerator)',
  },
  DataAtRisk: {
    class: 'terminal',
    summary: 'The change deletes stored data, or lets it be deleted later.',
    help: 'keep the object, or annotate it with kustomize.toolkit.fluxcd.io/prune: disabled',
  },
  HostClaimed: {
    class: 'terminal',
    summary: 'Two Ingresses claim the same host and path.',
    help: 'change one of them',
  },
  ImageMissing: {
    class: 'terminal',
    summary: 'The registry does not have an image.',
    help: 'push the image, or correct its name',
  },
  ImageMoved: {
    class: 'terminal',
    summary: 'A tag leads to another image than the one that runs.',
    help: 'name the image by its digest',
  },
  ImageUnauthorized: {
    class: 'terminal',
    summary: 'The registry does not let anybody see an image without other credentials.',
    help: 'give the credentials of the registry',
  },
  LimitReached: {
    class: 'terminal',
    summary: 'The simulation was ended by one of its limits.',
    help: 'make the change smaller; what was not played is not known',
  },
  PodsOrphaned: {
    class: 'terminal',
    summary: 'A changed selector leaves pods without an owner.',
    help: 'change the selector back, or give the object a new name',
  },
  PortClaimed: {
    class: 'terminal',
    summary: 'Two objects claim the same port of the machine.',
    help: 'change one of them',
  },
  PrivilegeForbidden: {
    class: 'terminal',
    summary: 'A container asks for what the Pod Security level of its namespace forbids.',
    help: 'drop the privilege, or change the level of the namespace',
  },
  QuotaExceeded: {
    class: 'terminal',
    summary: 'A quota or a limit of the namespace refuses pods.',
    help: 'raise the quota, or lower requests or replicas',
  },
  ReferenceDangling: {
    class: 'terminal',
    summary: 'An object refers to one that is not there.',
    help: 'declare it, or correct the name',
  },
  RolloutStuck: {
    class: 'terminal',
    summary: 'A rollout never gets to its end.',
    help: 'read the cause',
  },
  SecretPlain: {
    class: 'terminal',
    summary: 'A secret value stands in the repository in plain text.',
    help: 'encrypt the file with SOPS, or keep the Secret out of Git',
  },
  ServiceWithoutPods: {
    class: 'terminal',
    summary: 'A Service leads to no pods or to no port of them.',
    help: 'correct the selector or the port',
  },
  Unschedulable: {
    class: 'terminal',
    summary: 'A pod fits on no node.',
    help: 'lower its requests, or make room',
  },
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;
