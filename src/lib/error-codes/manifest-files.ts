import type { ErrorCodeEntry } from './error-code-entry.ts';

/** Files of a repository, and what is rendered from them. */
export const MANIFEST_FILE_CODES = {
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
} as const satisfies Record<string, ErrorCodeEntry>;
