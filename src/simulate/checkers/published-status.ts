import { parse } from 'yaml';
import type { StatusDocument } from '../../gitops/index.ts';
import { readSimpleYaml } from '../../manifests/index.ts';

/** A published `status.yaml`. The quick reader takes nearly all of them; what is no YAML throws. */
export function parseStatus(text: string): StatusDocument {
  return (readSimpleYaml(text)?.[0]?.value ?? parse(text)) as unknown as StatusDocument;
}
