import { LIMITS } from '../../../lib/limits.ts';
import type { Diagnostic } from '../../diagnostic.ts';
import { DEFAULT_CONFIG } from '../config/default-field-specs.ts';
import { readConfiguration, readCrdConfig } from '../config/read-config.ts';
import { type FileReader, inlineSource, missingFile } from '../files/file-reader.ts';
import { folderOf, isInFolder, joinPath } from '../files/file-tree.ts';
import type { Kustomization, Located } from '../kustomization/kustomization.ts';
import { readKustomization } from '../kustomization/read-kustomization.ts';
import { isEmpty, listNode, mapNode, type Node, type Place, scalar } from '../nodes/node.ts';
import { parseNodes } from '../nodes/parse-nodes.ts';
import { builtInSchema, documentSchemas, type SchemaLookup } from '../patch/merge-schema.ts';
import { BLOB_NEEDED, BlobNeeded, diagnosticOf, lineOf, RenderError } from '../problems.ts';
import { readResources } from '../resources/read-resources.ts';
import type { Origin, Resource } from '../resources/resource.ts';
import { bindVars } from '../transform/resolve-vars.ts';
import { Accumulator } from './accumulator.ts';
import { findKustomization, isRemote, remoteRefused } from './find-kustomization.ts';
import { referencedPaths } from './referenced-paths.ts';
import { runGenerators } from './run-generators.ts';
import { runTransformerPlugin } from './run-plugins.ts';
import { checkPatches, runTransformers } from './run-transformers.ts';
import { runValidatorPlugin } from './run-validator.ts';
import type { Configuration, Target, Workbench } from './target.ts';

/** A built kustomization. Its objects are not to be changed: copy the accumulator. */
export interface Built {
  readonly accumulator: Accumulator;
  readonly problems: readonly Diagnostic[];
  readonly isBroken: boolean;
  /** Set when this kustomization, or one below, chose the schemas for merging. */
  readonly schema: ChosenSchema | undefined;
  readonly kustomization: Kustomization | undefined;
}

interface ChosenSchema {
  readonly key: string;
  readonly schemas: SchemaLookup;
}

interface FolderRequest {
  readonly folder: string;
  readonly chain: readonly string[];
  readonly originPath: string | undefined;
}

/**
 * Kustomizations without mistakes, by what they were read from; a component is read for each kustomization that uses
 * it.
 */
const decoded = new WeakMap<Node, Kustomization>();

const COMPONENT_HELP =
  'list it under components; where no kustomization names it, point the path at an overlay or list the component in .sourceignore';

/**
 * Builds kustomizations as kustomize does: gather the objects of files and bases, generate, let the components work,
 * transform. Problems are gathered; a kustomization with one is not transformed any further, but everything next to it
 * is still looked at.
 */
export class Builder implements Workbench {
  readonly reader: FileReader;
  #problems: Diagnostic[] = [];
  #isBroken = false;
  #isBlocked = false;
  #schema: ChosenSchema | undefined;
  #loads = 0;
  /** Set once a limit was passed that makes all further work pointless. */
  #isStopped = false;
  /** Kustomizations of this build that cannot be used: each is looked at once, however many ways lead to it. */
  readonly #broken = new Map<string, Built>();

  constructor(reader: FileReader) {
    this.reader = reader;
  }

  schemas(): SchemaLookup {
    return this.#schema?.schemas ?? builtInSchema;
  }

  attempt(target: Target, at: Place, field: string, work: () => void): boolean {
    if (this.#isStopped || hasMany(this.#problems)) {
      this.#isBroken = true;
      return false;
    }
    try {
      work();
      return true;
    } catch (error) {
      if (error instanceof BlobNeeded) this.#isBlocked = true;
      else if (error instanceof RenderError) this.#report(error, at, field, target);
      else throw error;
      return false;
    }
  }

  /** Shows the place of the cause where there is one, and else the field that asked for the work. */
  #report(error: RenderError, at: Place, field: string, target: Pick<Target, 'folder' | 'fileName'>): void {
    this.#isBroken = true;
    const kustomization = target.folder === '' ? target.fileName : `${target.folder}/${target.fileName}`;
    const cause = error.at;
    const isGenerated = target.fileName === '';
    const isElsewhere = cause !== undefined && cause.file.path !== kustomization && !isGenerated;
    const message = isElsewhere ? `${error.message} (for ${field} of ${kustomization}:${lineOf(at)})` : error.message;
    this.#problems.push(
      diagnosticOf(
        { code: error.code, message, help: error.help },
        cause ?? at,
        isGenerated ? undefined : field || undefined,
      ),
    );
  }

  /** Builds what a kustomization with nothing but these resources would. */
  buildResources(folder: string, paths: readonly string[]): Built {
    const startOf = (path: string): Place => ({ file: { path, text: '', lineShift: 0 }, start: 0 });
    const nowhere = startOf(folder);
    const names = paths.map((path) => scalar(path, startOf(joinPath(folder, path) ?? path)));
    const list = listNode(names, nowhere);
    const file = mapNode(new Map([['resources', list]]), nowhere);
    const report = (error: RenderError): never => {
      throw error;
    };
    const kustomization = readKustomization(file, { isStrict: true, report });
    const accumulator = new Accumulator();
    if (kustomization !== undefined && paths.length > 0)
      this.#accumulate(
        { kustomization, folder, fileName: '', file, chain: [folder], originPath: undefined },
        accumulator,
      );
    if (this.#isBlocked) throw BLOB_NEEDED;
    return { accumulator, problems: this.#problems, isBroken: this.#isBroken, schema: this.#schema, kustomization };
  }

  /** Builds the kustomization of a folder, or takes it from the cache. */
  buildFolder(request: FolderRequest): Built {
    const key = `${request.folder} ${request.originPath ?? '-'} ${this.#schema?.key ?? '-'}`;
    const broken = this.#broken.get(key);
    if (broken !== undefined) return broken;
    const known = this.reader.cache.built.get(key);
    if (known !== undefined && this.reader.isUnchanged(known.dependencies)) {
      this.reader.depend(known.dependencies);
      this.#schema ??= known.value.schema;
      return known.value;
    }
    const [outerProblems, outerBroken] = [this.#problems, this.#isBroken];
    this.#problems = [];
    this.#isBroken = false;
    try {
      const { value, dependencies } = this.reader.track(() => this.#build(request));
      // What is wrong may depend on the way here, as a circle does.
      if (value.isBroken) this.#broken.set(key, value);
      else this.reader.cache.built.set(key, { value, dependencies });
      return value;
    } finally {
      this.#problems = outerProblems;
      this.#isBroken = outerBroken;
    }
  }

  #build(request: FolderRequest): Built {
    const accumulator = new Accumulator();
    const target = this.#load(request);
    if (target !== undefined && target.kustomization.kind === 'Component' && request.chain.length > 0) {
      const at = target.file;
      const message = 'a Component cannot be among resources';
      this.#report(new RenderError('RenderFailed', message, { help: COMPONENT_HELP }), at, 'kind', target);
    } else if (target !== undefined) this.#accumulate(target, accumulator);
    if (this.#isBlocked) throw BLOB_NEEDED;
    return {
      accumulator,
      problems: this.#problems,
      isBroken: this.#isBroken,
      schema: this.#schema,
      kustomization: target?.kustomization,
    };
  }

  /** Reads a folder's kustomization; undefined when it cannot be used. */
  #load({ folder, chain, originPath }: FolderRequest): Target | undefined {
    if (++this.#loads > LIMITS.kustomizationLoads) {
      this.#isStopped = true;
      throw new RenderError(
        'LimitExceeded',
        `the kustomization leads to more than ${LIMITS.kustomizationLoads} others (kustomizationLoads)`,
        {
          help: 'name fewer bases and components',
        },
      );
    }
    const found = findKustomization(this.reader, folder);
    const fileName = found.path.slice(folder === '' ? 0 : folder.length + 1);
    const place = { file: { path: found.path, text: '', lineShift: 0 }, start: 0 };
    let node: Node | undefined;
    try {
      [node] = this.reader.nodes(found, '1.1');
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      this.#report(error, place, '', { folder, fileName });
      return undefined;
    }
    if (node === undefined) {
      const empty = new RenderError('KustomizationInvalid', 'the kustomization is empty', { help: 'add resources:' });
      this.#report(empty, place, '', { folder, fileName });
      return undefined;
    }
    const before = this.#problems.length;
    const kustomization =
      decoded.get(node) ??
      readKustomization(node, {
        isStrict: true,
        report: (error, at, field) => this.#report(error, at, field, { folder, fileName }),
      });
    if (kustomization === undefined || this.#problems.length > before) return undefined;
    decoded.set(node, kustomization);
    if (isEmptyKustomization(node)) {
      const empty = new RenderError('KustomizationInvalid', 'the kustomization has nothing but its type', {
        help: 'add resources:',
      });
      this.#report(empty, node, '', { folder, fileName });
    }
    return { kustomization, folder, fileName, file: node, chain: [...chain, folder], originPath };
  }

  #accumulate(target: Target, accumulator: Accumulator): void {
    const { kustomization } = target;
    this.#prefetch(target);
    this.#chooseSchema(target);
    this.#addResources(target, accumulator, kustomization.resources, 'resources');
    this.attempt(target, target.file, 'configurations', () => accumulator.mergeConfig(DEFAULT_CONFIG));
    this.#addConfigurations(target, accumulator);
    runGenerators(this, target, accumulator);
    this.#addComponents(target, accumulator);
    if (this.#isBlocked) return;
    if (this.#isBroken) return checkPatches(this, target);
    const isDone = runTransformers(this, target, accumulator.list, accumulator.config);
    accumulator.list.touch();
    if (!isDone || this.#isBlocked) return;
    this.#runPlugins(target, accumulator);
    if (this.#isBroken) return;
    this.attempt(target, target.file, 'vars', () => {
      bindVars(accumulator.list, kustomization.vars);
      accumulator.addVars(kustomization.vars);
    });
  }

  /** Asks for everything the kustomization names at once, before the first of it is used. */
  #prefetch(target: Target): void {
    for (const path of referencedPaths(target.kustomization)) {
      try {
        const entry = joinPath(target.folder, path) === undefined ? undefined : this.reader.lookUp(target.folder, path);
        if (entry?.type === 'file') this.reader.want(entry);
      } catch (error) {
        if (!(error instanceof BlobNeeded)) throw error;
        this.#isBlocked = true;
      }
    }
  }

  #chooseSchema(target: Target): void {
    const { path, version } = target.kustomization.openapi;
    if (this.#schema !== undefined || (path === undefined && version === undefined)) return;
    const field = path === undefined ? 'openapi.version' : 'openapi.path';
    const at = (path ?? version)?.at ?? target.file;
    this.attempt(target, at, field, () => {
      if (path !== undefined && version !== undefined) {
        throw new RenderError('KustomizationInvalid', 'openapi has either version or path, not both');
      }
      if (version !== undefined && version.value !== 'v1.21.2' && version.value !== 'v1.20.4') {
        throw new RenderError('KustomizationInvalid', `the OpenAPI version ${version.value} is not built in`, {
          help: 'remove openapi.version, or name a schema file with openapi.path',
        });
      }
      if (path === undefined) return;
      const file = this.reader.resolveFile(target.folder, path);
      const [document] = this.reader.nodes(file, '1.1');
      this.#schema = { key: file.id, schemas: document === undefined ? () => undefined : documentSchemas(document) };
    });
  }

  #addResources(target: Target, accumulator: Accumulator, paths: readonly Located<string>[], field: string): void {
    for (const [index, path] of paths.entries()) {
      this.attempt(target, path.at, `${field}[${index}]`, () => this.#addResource(target, accumulator, path));
    }
  }

  #addResource(target: Target, accumulator: Accumulator, path: Located<string>): void {
    const entry = this.#resolveResource(target, path);
    if (entry.type === 'folder') return this.#addBase(target, accumulator, entry.path, path);
    const resources = readResources(this.reader.nodes(entry, '1.2'));
    for (const resource of resources) withOrigin(resource, originPath(target, path.value));
    accumulator.list.appendAll(resources);
    if (accumulator.list.items.length > LIMITS.kustomizationObjects) throw tooManyObjects();
  }

  /** "File or folder": what lies outside of the repository and what is remote is refused. */
  #resolveResource(target: Target, path: Located<string>) {
    if (path.value === '') throw new RenderError('KustomizationInvalid', 'the path is empty', { help: 'remove it' });
    const entry = this.reader.lookUp(target.folder, path.value);
    if (entry === undefined && isRemote(path.value)) throw remoteRefused(path.value);
    if (entry === undefined) throw missingFile(target.folder, path.value);
    if (entry.type === 'outside') {
      if (isRemote(path.value)) throw remoteRefused(path.value);
      throw new RenderError('RenderRefused', `${path.value} leads out of the repository`, {
        help: 'bring what it names into the repository',
      });
    }
    if (entry.type === 'file' && !isInFolder(entry.path, target.folder)) {
      throw new RenderError(
        'RenderRefused',
        `the file ${path.value} is not in or below ${target.folder || 'the root'}`,
        {
          help: `name its folder ${folderOf(path.value) || '.'} instead, with a kustomization in it: kustomize reads no files from elsewhere`,
        },
      );
    }
    return entry;
  }

  #addBase(target: Target, accumulator: Accumulator, folder: string, path: Located<string>): void {
    this.#checkCycle(target, folder, path);
    const built = this.buildFolder({ folder, chain: target.chain, originPath: originPath(target, path.value) });
    this.#problems.push(...built.problems);
    this.#isBroken ||= built.isBroken;
    if (built.isBroken) return;
    accumulator.merge(built.accumulator.copy());
    if (accumulator.list.items.length > LIMITS.kustomizationObjects) throw tooManyObjects();
  }

  #checkCycle(target: Target, folder: string, path: Located<string>): void {
    const above = target.chain.findLast((visited) => isInFolder(visited, folder));
    if (above !== undefined) {
      const way = [...target.chain.slice(target.chain.indexOf(above)), folder].map((step) => step || '.').join(' → ');
      throw new RenderError('RenderFailed', `${path.value} leads back to a kustomization that it is part of: ${way}`, {
        help: 'a base lies beside or below the kustomizations that use it, and names none of them',
      });
    }
    if (target.chain.length >= LIMITS.kustomizationDepth) {
      throw new RenderError(
        'LimitExceeded',
        `kustomizations nest deeper than ${LIMITS.kustomizationDepth} levels (kustomizationDepth)`,
        {
          help: 'name the bases directly',
        },
      );
    }
  }

  #addConfigurations(target: Target, accumulator: Accumulator): void {
    const { configurations, crds } = target.kustomization;
    for (const [index, path] of configurations.entries()) {
      this.attempt(target, path.at, `configurations[${index}]`, () => {
        const file = this.reader.resolveFile(target.folder, path);
        for (const node of this.reader.nodes(file, '1.1').slice(0, 1)) accumulator.mergeConfig(readConfiguration(node));
      });
    }
    for (const [index, path] of crds.entries()) {
      this.attempt(target, path.at, `crds[${index}]`, () => {
        const file = this.reader.resolveFile(target.folder, path);
        for (const node of this.reader.nodes(file, '1.1').slice(0, 1)) accumulator.mergeConfig(readCrdConfig(node));
      });
    }
  }

  #addComponents(target: Target, accumulator: Accumulator): void {
    for (const [index, path] of target.kustomization.components.entries()) {
      // A component changes what is there: it waits until all of that is known.
      this.attempt(target, path.at, `components[${index}]`, () => this.#addComponent(target, accumulator, path));
    }
  }

  #addComponent(target: Target, accumulator: Accumulator, path: Located<string>): void {
    const entry = this.#resolveResource(target, path);
    if (entry.type === 'file') {
      throw new RenderError('RenderFailed', `${path.value} is a file; a component is a folder`, {
        help: 'name the folder, or list the file under resources',
      });
    }
    this.#checkCycle(target, entry.path, path);
    const request = { folder: entry.path, chain: target.chain, originPath: originPath(target, path.value) };
    const component = this.#load(request);
    if (component === undefined) return;
    if (component.kustomization.kind !== 'Component') {
      throw new RenderError('RenderFailed', `${path.value} is no Component but a ${component.kustomization.kind}`, {
        help: 'list it under resources, or set kind: Component and apiVersion: kustomize.config.k8s.io/v1alpha1',
      });
    }
    this.#accumulate(component, accumulator);
    accumulator.list.checkUnique();
  }

  readConfigurations(target: Target, paths: readonly Located<string>[], field: string): readonly Configuration[] {
    const found: Configuration[] = [];
    for (const [index, path] of paths.entries()) {
      const name = `${field}[${index}]`;
      this.attempt(target, path.at, name, () => {
        const accumulator = new Accumulator();
        if (/[\n{]/.test(path.value)) {
          const inline = readResources(parseNodes(inlineSource(path.at, path.value), '1.2'));
          for (const resource of inline) withOrigin(resource, originPath(target, target.fileName));
          accumulator.list.appendAll(inline);
        } else this.#addResource(target, accumulator, path);
        for (const { node, state } of accumulator.list.items) {
          if (node !== undefined)
            found.push({ node, origin: pluginOrigin(node, state.origin), field: name, at: path.at });
        }
      });
    }
    return found;
  }

  #runPlugins(target: Target, accumulator: Accumulator): void {
    const { transformers, validators } = target.kustomization;
    for (const { node, at, field, origin } of this.readConfigurations(target, transformers, 'transformers')) {
      if (this.#isBroken) return;
      this.attempt(target, at, field, () => runTransformerPlugin(this, target, accumulator.list, node));
      if (origin !== undefined) recordOrigin(accumulator, origin);
      accumulator.list.dropDeleted();
      accumulator.list.touch();
    }
    for (const { node, at, field } of this.readConfigurations(target, validators, 'validators')) {
      if (this.#isBroken) return;
      this.attempt(target, at, field, () => runValidatorPlugin(this, target, accumulator.list, node));
    }
  }
}

function recordOrigin(accumulator: Accumulator, origin: Origin): void {
  for (const resource of accumulator.list.items) {
    const { state } = resource;
    resource.state = { ...state, transformations: [...state.transformations, origin] };
  }
}

function withOrigin(resource: Resource, path: string | undefined): void {
  if (path !== undefined) resource.state = { ...resource.state, origin: { path } };
}

function pluginOrigin(node: Node, origin: Origin | undefined): Origin | undefined {
  if (origin === undefined || node.kind !== 'map') return undefined;
  const text = (name: string) => {
    const value = node.fields.get(name);
    return value?.kind === 'scalar' ? value.text : '';
  };
  const metadata = node.fields.get('metadata');
  const name = metadata?.kind === 'map' ? metadata.fields.get('name') : undefined;
  return {
    ...(origin.path === undefined ? {} : { configuredIn: origin.path }),
    configuredBy: {
      apiVersion: text('apiVersion'),
      kind: text('kind'),
      ...(name?.kind === 'scalar' ? { name: name.text } : {}),
    },
  };
}

function originPath(target: Target, path: string): string | undefined {
  return target.originPath === undefined ? undefined : cleanPath(`${target.originPath}/${path}`);
}

/** As Go's filepath.Join: `..` at the start stays. */
function cleanPath(path: string): string {
  const steps: string[] = [];
  for (const step of path.split('/')) {
    if (step === '' || step === '.') continue;
    if (step === '..' && steps.length > 0 && steps.at(-1) !== '..') steps.pop();
    else steps.push(step);
  }
  return steps.join('/');
}

function isEmptyKustomization(node: Node): boolean {
  if (node.kind !== 'map') return true;
  return [...node.fields].every(([name, value]) => /^(?:apiversion|kind)$/i.test(name) || isEmpty(value));
}

function tooManyObjects(): RenderError {
  return new RenderError(
    'LimitExceeded',
    `the kustomization has more than ${LIMITS.kustomizationObjects} objects (kustomizationObjects)`,
    {
      help: 'split it into several applications',
    },
  );
}

/** Warnings alone stop nothing: what is broken has to have an error. */
function hasMany(problems: readonly Diagnostic[]): boolean {
  if (problems.length < LIMITS.diagnostics) return false;
  return problems.filter(({ severity }) => severity === 'error').length >= LIMITS.diagnostics;
}
