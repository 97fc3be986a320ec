import { type RenderedApplication, renderApplication } from '../../gitops/index.ts';
import { withheldDataKeys } from '../../host/data-keys.ts';
import { BerthError } from '../../lib/errors.ts';
import { formatDiagnostics, hasErrors } from '../../manifests/index.ts';
import {
  type FieldTrace,
  nameOf,
  type ObjectTrace,
  parseFieldPath,
  type RenderedObject,
  traceField,
  traceObject,
  writeObjects,
} from '../../manifests/render/index.ts';
import { missingFolder, type OpenedFolder, openFolder } from '../live/open-folder.ts';
import { absolute, openRenderers } from '../live/open-renderers.ts';
import { EXIT } from '../output/exit-codes.ts';
import { formatOutput } from '../output/format-output.ts';
import { createTerminal } from '../output/terminal.ts';

export interface RenderOptions {
  readonly at?: string;
  readonly output?: 'yaml' | 'json';
  readonly trace?: string;
  readonly helm?: string;
  readonly kustomize?: string;
}

/**
 * Prints what a folder renders to, as `kubectl kustomize` and `helm template` do; needs no Berth that runs. Problems go
 * to standard error. Resolves with 1 when something is wrong, and then nothing is printed.
 */
export async function runRender(path: string, options: RenderOptions): Promise<number> {
  const rendered = await renderPath(path, options);
  const complaints = formatDiagnostics(rendered.problems);
  if (complaints !== '') createTerminal(process.stderr).write(complaints);
  if (hasErrors(rendered.problems)) return EXIT.error;
  const terminal = createTerminal(process.stdout);
  if (options.trace !== undefined) {
    const traces = trace(rendered.objects, options.trace).map((one) => shown(one, rendered.show));
    terminal.write(options.output === undefined ? formatTraces(traces) : await formatOutput(traces, options.output));
  } else if (options.output === 'json') {
    const items = rendered.objects.map(({ object }) => object);
    terminal.write(await formatOutput({ apiVersion: 'v1', kind: 'List', items }, 'json'));
  } else terminal.write(writeObjects(rendered.objects));
  return EXIT.ok;
}

async function renderPath(
  path: string,
  options: RenderOptions,
): Promise<RenderedApplication & Pick<OpenedFolder, 'show'>> {
  const opened = await openFolder(path, options.at);
  try {
    const ports = { ...openRenderers(absolute(options)), dataKeys: withheldDataKeys };
    const rendered = await renderApplication(opened.folder, opened.source, ports);
    if (rendered !== undefined) {
      const problems = rendered.problems.map((problem) => ({ ...problem, path: opened.show(problem.path) }));
      return { objects: rendered.objects, problems, show: opened.show };
    }
    throw missingFolder(path, options.at);
  } finally {
    await opened.close();
  }
}

function shown(trace: ObjectTrace, show: OpenedFolder['show']): ObjectTrace {
  const fields = trace.fields.map((field) => ({ ...field, path: show(field.path) }));
  return { ...trace, path: show(trace.path), fields };
}

/** `Deployment/shop/web`, `Deployment/web`, or a file that objects were written in; after `#` one field. */
function trace(objects: readonly RenderedObject[], wanted: string): readonly ObjectTrace[] {
  const [what = '', field] = wanted.split(/#(.*)/s);
  const selected = objects.filter((object) => isMeant(object, what));
  if (selected.length === 0) {
    throw new BerthError('UsageInvalid', {
      detail: `nothing that is rendered is called ${what} or comes from a file of that name`,
      help: `there are ${objects.slice(0, 5).map(nameOf).join(', ')}${objects.length > 5 ? ' and more' : ''}`,
    });
  }
  const traces = selected.map(traceObject);
  if (field === undefined) return traces;
  const found = selected.flatMap((object, index) => {
    const one = traceField(object, parseFieldPath(field));
    const whole = traces[index];
    return one === undefined || whole === undefined ? [] : [{ ...whole, fields: [one] }];
  });
  if (found.length > 0) return found;
  throw new BerthError('UsageInvalid', {
    detail: `${selected.map(nameOf).join(', ')} has no field ${field}`,
    help: `write it as errors show it, such as spec.template.spec.containers[0].image`,
  });
}

function isMeant(object: RenderedObject, what: string): boolean {
  const short = `${object.kind}/${object.name}`;
  return what === nameOf(object) || what === short || what === object.place.file.path;
}

function formatTraces(traces: readonly ObjectTrace[]): string {
  return traces.map(formatTrace).join('\n');
}

function formatTrace({ object, path, startLine, endLine, fields }: ObjectTrace): string {
  const range = startLine === endLine ? `${startLine}` : `${startLine}-${endLine}`;
  const rows = fields.map(({ field, value, ...place }) => [field, oneLine(value), `${place.path}:${place.line}`]);
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
  return [`${object}  ${path}:${range}`, ...lines, ''].join('\n');
}

const VALUE_CHARS = 60;

function oneLine(value: FieldTrace['value']): string {
  const text = JSON.stringify(value).slice(1, -1);
  return text.length > VALUE_CHARS ? `${text.slice(0, VALUE_CHARS)}…` : text;
}
