/**
 * Adds a HEAD to what a Git server advertises when it has none.
 *
 * A repository whose HEAD names a branch that was never pushed (`git init --bare`, then a push to another branch)
 * advertises no HEAD, and isomorphic-git gives up a fetch of any branch of it ("Could not find HEAD"). Git's protocol
 * says where HEAD points as a capability on the first ref (`symref=HEAD:refs/heads/main`), so one is put there; nothing
 * is fetched because of it.
 */
export function addAdvertisedHead(advertisement: Buffer, ref: string): Buffer {
  for (let at = 0; at + 4 <= advertisement.length; ) {
    const length = Number.parseInt(advertisement.toString('latin1', at, at + 4), 16);
    if (Number.isNaN(length)) return advertisement;
    const end = at + Math.max(4, length);
    const line = advertisement.toString('latin1', at + 4, end);
    if (line.includes('\0')) {
      if (line.includes('symref=HEAD:')) return advertisement;
      const extended = `${line.trimEnd()} symref=HEAD:${ref}\n`;
      const prefix = (extended.length + 4).toString(16).padStart(4, '0');
      return Buffer.concat([
        advertisement.subarray(0, at),
        Buffer.from(prefix + extended, 'latin1'),
        advertisement.subarray(end),
      ]);
    }
    at = end;
  }
  return advertisement;
}
