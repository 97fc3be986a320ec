/**
 * The name of a sysctl with dots between its parts, as engines take it. "The user can use either slash or dot as a
 * separator"; where a slash comes first, the other way round: in `net/ipv4/conf/eno2.100/rp_filter` the dot belongs to
 * a part (NormalizeName, k8s.io/component-helpers).
 */
export function sysctlName(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  if (first !== '/') return name;
  return name.replaceAll(/[./]/g, (separator) => (separator === '/' ? '.' : '/'));
}
