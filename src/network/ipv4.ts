/** The number that a dotted IPv4 address stands for; `undefined` for anything else. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part)) return undefined;
    const byte = Number(part);
    if (byte > 255) return undefined;
    value = value * 256 + byte;
  }
  return value;
}

/** Whether an address lies in a range such as `10.88.0.0/16`; an address or range that is not IPv4 never does. */
export function isInCidr(address: string, cidr: string): boolean {
  const [base = '', length = ''] = cidr.split('/');
  const value = parseIpv4(address);
  const first = parseIpv4(base);
  if (value === undefined || first === undefined || !/^\d{1,2}$/.test(length) || Number(length) > 32) return false;
  const size = 2 ** (32 - Number(length));
  return Math.floor(value / size) === Math.floor(first / size);
}

/** Orders addresses by number; what is no IPv4 address comes last. */
export function compareIpv4(a: string, b: string): number {
  return (
    (parseIpv4(a) ?? Number.POSITIVE_INFINITY) - (parseIpv4(b) ?? Number.POSITIVE_INFINITY) || (a < b ? -1 : +(a > b))
  );
}
