/**
 * Capabilities that the engine gives every container, so that asking for them adds nothing: "Adding additional
 * capabilities beyond those listed below must be disallowed" (Pod Security Standards, Baseline).
 */
export const BASELINE_CAPABILITIES: readonly string[] = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];
