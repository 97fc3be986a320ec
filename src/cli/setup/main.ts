import { existsSync } from 'node:fs';
import { ensureDemoImage } from './ensure-demo-image.ts';
import { type DockerAccess, ensureDocker, findProgram, installPackages, isDebianLike } from './ensure-docker.ts';

/** Programs that the tests call, and the packages they come from. */
const TOOLS: readonly (readonly [program: string, pkg: string])[] = [
  ['nft', 'nftables'],
  ['git', 'git'],
  ['ip', 'iproute2'],
  ['curl', 'curl'],
];

/** Makes a machine ready for the whole test suite: the engine, the image and the few tools that the tests call. */
export async function prepareMachine(options: { readonly say: (line: string) => void }): Promise<DockerAccess> {
  const { say } = options;
  const engine = await ensureDocker({ yes: true, ask: undefined, say });
  const missing = TOOLS.filter(([program]) => findProgram(program) === undefined).map(([, name]) => name);
  const packages = existsSync('/usr/share/doc/busybox-static') ? missing : [...missing, 'busybox-static'];
  if (packages.length > 0 && isDebianLike() && process.getuid?.() === 0) {
    say(`installing ${packages.join(', ')} with apt-get`);
    installPackages(packages);
  }
  await ensureDemoImage({ socketPath: engine.socketPath, say });
  return engine;
}
