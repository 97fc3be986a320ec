export const OUTPUT_FORMATS = ['json', 'yaml', 'wide', 'name'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/**
 * A value for machines: YAML where that is asked for, else JSON. The writer of YAML is loaded only then: it takes as
 * long as a whole command.
 */
export async function formatOutput(value: unknown, format: OutputFormat): Promise<string> {
  if (format !== 'yaml') return `${JSON.stringify(value, null, 2)}\n`;
  const { stringify } = await import('yaml');
  return stringify(value);
}
