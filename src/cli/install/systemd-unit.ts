/** The service is `berth.service`. */
export const SERVICE_NAME = 'berth';

export interface UnitOptions {
  /** Absolute path of the Node that runs `berth install`. */
  readonly node: string;
  /** Absolute path of the program. */
  readonly script: string;
  readonly configurationFile: string;
}

/**
 * The systemd unit. `KillMode=process` and no dependency that stops Berth with Docker: containers belong to Docker and
 * go on when Berth ends, is upgraded or waits for the engine to come back.
 */
export function formatUnit({ node, script, configurationFile }: UnitOptions): string {
  return `[Unit]
Description=Berth, GitOps for this Docker box
After=docker.service network-online.target
Wants=docker.service network-online.target
StartLimitIntervalSec=0

[Service]
Type=simple
ExecStart=${quote(node)} ${quote(script)} up --config ${quote(configurationFile)} --progress plain
Restart=on-failure
RestartSec=2
# Containers are Docker's: only Berth's own process is stopped with the service.
KillMode=process
TimeoutStopSec=60
# A mistake in the configuration does not go away by trying again.
RestartPreventExitStatus=2
LimitNOFILE=1048576
UMask=0077

[Install]
WantedBy=multi-user.target
`;
}

/** Quotes a word as systemd.syntax(7) has it, when it needs that. */
function quote(word: string): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%');
  return /^[\w./:@+,=-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}
