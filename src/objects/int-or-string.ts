/** `intstr.IntOrString`: a number, or a text that is a percentage or a name. */
export type IntOrString = number | string;

/**
 * The value of a number or percentage of `total`; `undefined` for a text that is neither. "maxSurge rounds up,
 * maxUnavailable down" (intstr.GetScaledValueFromIntOrPercent and its callers), so every caller says which.
 */
export function scaledValue(value: IntOrString, total: number, round: 'up' | 'down'): number | undefined {
  if (typeof value === 'number') return value;
  const percent = percentOf(value);
  if (percent === undefined) return undefined;
  return round === 'up' ? Math.ceil((percent * total) / 100) : Math.floor((percent * total) / 100);
}

/** The number of a percentage such as `25%`; `undefined` for anything else. */
export function percentOf(value: IntOrString): number | undefined {
  if (typeof value === 'number') return undefined;
  const match = /^(\d+)%$/.exec(value);
  return match === null ? undefined : Number(match[1]);
}
