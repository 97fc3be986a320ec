import { stringify } from 'yaml';

export const OUTPUT_FORMATS = ['json', 'yaml', 'wide', 'name'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** A value for machines: YAML where that is asked for, else JSON. */
export function formatOutput(value: unknown, format: OutputFormat): string {
  return format === 'yaml' ? stringify(value) : `${JSON.stringify(value, null, 2)}\n`;
}
