import type { FileReader } from '../files/file-reader.ts';
import type { Kustomization, Located } from '../kustomization/kustomization.ts';
import type { MapNode, Node, Place } from '../nodes/node.ts';
import type { SchemaLookup } from '../patch/merge-schema.ts';
import type { Origin } from '../resources/resource.ts';

/** One kustomization that is being built. */
export interface Target {
  readonly kustomization: Kustomization;
  /** Its folder, clean; empty for the root of the repository. */
  readonly folder: string;
  readonly fileName: string;
  readonly file: Node;
  /** The folders whose kustomizations led here, this one last. */
  readonly chain: readonly string[];
  /** The way here as the kustomizations write it, where `buildMetadata` wants to know; else undefined. */
  readonly originPath: string | undefined;
}

/** What generators and transformers need of the build that they are part of. */
export interface Workbench {
  readonly reader: FileReader;
  /** Runs one piece of work; what it cannot do becomes a problem at `at`. Returns whether it went well. */
  attempt(target: Target, at: Place, field: string, work: () => void): boolean;
  schemas(): SchemaLookup;
  /** The objects that files or folders of a kustomization declare, as configurations of plugins. */
  readConfigurations(target: Target, paths: readonly Located<string>[], field: string): readonly Configuration[];
}

/** A transformer or generator that is written as an object of its own. */
export interface Configuration {
  readonly node: MapNode;
  readonly origin: Origin | undefined;
  readonly field: string;
  /** What in the kustomization asked for it. */
  readonly at: Place;
}

export function originOf(target: Target, kind: string): Origin | undefined {
  if (target.originPath === undefined) return undefined;
  const configuredIn = target.originPath === '' ? target.fileName : `${target.originPath}/${target.fileName}`;
  return { configuredIn, configuredBy: { apiVersion: 'builtin', kind } };
}
