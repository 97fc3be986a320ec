import type { DataKeyResult, WrappedKey } from '../../decrypt/index.ts';
import { type RenderCache, type RenderResult, render } from '../index.ts';

export type Rendered = Extract<RenderResult, { type: 'rendered' }> & { readonly rounds: number };

/** Renders files that are there as text or bytes; the id of a blob is its content. */
export function renderFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
  folder = '',
  cache?: RenderCache,
): Rendered {
  const { contents, tree } = treeOf(files);
  const blobs = new Map<string, Uint8Array>();
  for (let rounds = 1; ; rounds++) {
    const result = render({ tree, folder, blobs, ...(cache === undefined ? {} : { cache }) });
    if (result.type === 'rendered') return { ...result, rounds };
    provide(result.blobs, contents, blobs);
  }
}

/** The same with decryption. */
export async function renderEncrypted(
  files: Readonly<Record<string, string | Uint8Array>>,
  unwrap: (keys: readonly WrappedKey[]) => Promise<DataKeyResult>,
  options: { readonly folder?: string; readonly cache?: RenderCache } = {},
): Promise<Rendered> {
  const { contents, tree } = treeOf(files);
  const blobs = new Map<string, Uint8Array>();
  const dataKeys = new Map<string, DataKeyResult>();
  for (let rounds = 1; ; rounds++) {
    const result = render({ tree, folder: '', blobs, dataKeys, ...options });
    if (result.type === 'rendered') return { ...result, rounds };
    for (const [id, keys] of result.keys) dataKeys.set(id, await unwrap(keys));
    provide(result.blobs, contents, blobs);
  }
}

function provide(
  wanted: readonly string[],
  contents: ReadonlyMap<string, Uint8Array>,
  blobs: Map<string, Uint8Array>,
): void {
  for (const id of wanted) {
    const bytes = contents.get(id);
    if (bytes === undefined || blobs.has(id)) throw new Error(`the renderer asks for ${id} again or for nothing`);
    blobs.set(id, bytes);
  }
}

function treeOf(files: Readonly<Record<string, string | Uint8Array>>) {
  const contents = new Map<string, Uint8Array>();
  const tree = Object.entries(files).map(([path, content]) => {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const id = typeof content === 'string' ? content : Array.from(content).join();
    contents.set(id, bytes);
    return { path, type: 'blob' as const, id };
  });
  return { contents, tree };
}
