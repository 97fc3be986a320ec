import type { Container } from '../observed-pod.ts';
import { type ConfigSources, decodeText } from './config-sources.ts';

/** Stands for a value that must not be repeated. */
const HIDDEN = '(hidden)';
/** Shorter values are no secrets, and hiding them would only make a text unreadable. */
const SHORTEST_CHARS = 4;

/** The values of Secrets that a container's environment takes, and that `$(VAR)` may put into its command line. */
export function secretValuesOf(container: Container, sources: ConfigSources): readonly string[] {
  const values = (name: string | undefined, key?: string) => {
    const data = sources.secret(name ?? '')?.data ?? {};
    return Object.entries(data).flatMap(([each, value]) =>
      key === undefined || key === each ? [decodeText(value)] : [],
    );
  };
  return [
    ...(container.envFrom ?? []).flatMap(({ secretRef }) => (secretRef === undefined ? [] : values(secretRef.name))),
    ...(container.env ?? []).flatMap(({ valueFrom }) => {
      const reference = valueFrom?.secretKeyRef;
      return reference === undefined ? [] : values(reference.name, reference.key);
    }),
  ];
}

/** A text without these values: as they are, and as an engine quotes them. */
export function hideValues(text: string, values: readonly string[]): string {
  return values
    .filter((value) => value.length >= SHORTEST_CHARS)
    .flatMap((value) => [value, JSON.stringify(value).slice(1, -1)])
    .sort((a, b) => b.length - a.length)
    .reduce((hidden, value) => hidden.replaceAll(value, HIDDEN), text);
}
