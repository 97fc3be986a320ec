/**
 * IP addresses as Kubernetes checks them (k8s.io/kubernetes, core validation). Each function returns what is wrong with
 * an address, in Kubernetes' words, and an empty list when nothing is.
 */
const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
/** Without leading zeros, which some readers take for octal numbers. */
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const IPV6_LETTERS = /^[0-9a-fA-F:.]+$/;
/** An IPv4 address in the form of IPv6, as `URL` writes it. */
const MAPPED_IPV4 = /^::ffff:[0-9a-f]{1,4}:[0-9a-f]{1,4}$/;

export function ipv4Problems(address: string): readonly string[] {
  return IPV4.test(address) ? [] : ['must be a valid IPv4 address'];
}

/** An IPv4 address in the form of IPv6 is none of IPv6. */
export function ipv6Problems(address: string): readonly string[] {
  const read = canonicalIpv6(address);
  return read !== undefined && !MAPPED_IPV4.test(read) ? [] : ['must be a valid IPv6 address'];
}

/**
 * "This disallows some IPs as endpoints or external-ips: unspecified and loopback addresses are nonsensical, and
 * link-local addresses tend to be used for node-centric purposes (e.g. metadata service)" (ValidateNonSpecialIP). Of an
 * address that is valid.
 */
export function specialAddressProblems(address: string): readonly string[] {
  const read = canonicalIpv6(address) ?? address;
  const problems: string[] = [];
  if (read === '0.0.0.0' || read === '::') problems.push(`may not be unspecified (${address})`);
  if (read.startsWith('127.') || read === '::1')
    problems.push('may not be in the loopback range (127.0.0.0/8, ::1/128)');
  if (read.startsWith('169.254.') || /^fe[89ab][0-9a-f]:/.test(read)) {
    problems.push('may not be in the link-local range (169.254.0.0/16, fe80::/10)');
  }
  if (read.startsWith('224.0.0.') || /^ff[0-9a-f]2:/.test(read)) {
    problems.push('may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)');
  }
  return problems;
}

/** In lower case, without needless zeros; `undefined` for what is none. */
function canonicalIpv6(address: string): string | undefined {
  if (!address.includes(':') || !IPV6_LETTERS.test(address) || !URL.canParse(`http://[${address}]/`)) return undefined;
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}
