/**
 * Builds the image `busybox:1.36` from `/bin/busybox` of Debian's `busybox-static` and loads it into the engine: for boxes where no
 * registry answers. The same binary gives the same image. Needs nothing but Node.
 *
 *   node scripts/build-busybox-image.mjs [tag] [path of busybox]
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const BLOCK_BYTES = 512;
const LOAD_TIMEOUT_MS = 60_000;

/**
 * Builds and loads the image; resolves with its tag and id. Rejects when there is no static busybox or no engine.
 *
 * @param {{ tag?: string, busybox?: string, connection?: import('node:http').RequestOptions }} [options]
 */
export async function buildBusyboxImage(options = {}) {
  const tag = options.tag ?? 'busybox:1.36';
  const busybox = options.busybox ?? '/bin/busybox';
  if (!existsSync(busybox)) throw new Error(`${busybox} is missing; install it with: apt-get install busybox-static`);
  const binary = readFileSync(busybox);
  if (binary.includes('/ld-linux') || binary.includes('/ld-musl')) {
    throw new Error(`${busybox} is not linked statically; install the right one with: apt-get install busybox-static`);
  }
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' })
    .split('\n')
    .filter((name) => name !== '');
  const { archive, id } = buildArchive(tag, buildLayer(binary, applets));
  await load(archive, options.connection ?? engineConnection());
  return { tag, id };
}

/** The root file system: the binary, a link for each applet, and the few files that programs expect. */
function buildLayer(binary, applets) {
  const links = applets.filter((name) => name !== 'busybox').map((name) => link(`bin/${name}`, 'busybox'));
  return tar([
    folder('bin', 0o755),
    file('bin/busybox', 0o755, binary),
    ...links,
    folder('etc', 0o755),
    file('etc/group', 0o644, 'root:x:0:\nwww-data:x:33:\nnogroup:x:65534:\n'),
    file(
      'etc/passwd',
      0o644,
      'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\n',
    ),
    folder('home', 0o755),
    folder('root', 0o700),
    folder('tmp', 0o1777),
    folder('usr', 0o755),
    folder('usr/bin', 0o755),
    link('usr/bin/env', '../../bin/busybox'),
    folder('var', 0o755),
    folder('var/www', 0o755),
  ]);
}

/** An archive in the form of `docker save`. */
function buildArchive(tag, layer) {
  const config = Buffer.from(
    JSON.stringify({
      architecture: { x64: 'amd64', arm64: 'arm64', arm: 'arm', ia32: '386' }[process.arch] ?? process.arch,
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config: {
        Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
        Cmd: ['sh'],
        Labels: { 'berth.dev/image': 'busybox' },
      },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'berth' }],
    }),
  );
  const digest = sha256(config);
  const manifest = JSON.stringify([{ Config: `${digest}.json`, RepoTags: [tag], Layers: ['layer.tar'] }]);
  const archive = tar([
    file('layer.tar', 0o644, layer),
    file(`${digest}.json`, 0o644, config),
    file('manifest.json', 0o644, manifest),
  ]);
  return { archive, id: `sha256:${digest}` };
}

function load(archive, connection) {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        ...connection,
        method: 'POST',
        path: '/images/load?quiet=1',
        // With any other type the engine takes the archive for nothing and reports success.
        headers: { Host: 'docker', 'Content-Type': 'application/x-tar', 'Content-Length': archive.length },
        timeout: LOAD_TIMEOUT_MS,
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => {
          if (response.statusCode === 200 && !text.includes('errorDetail')) return resolve(undefined);
          reject(new Error(`the engine did not load the image: ${text.trim()}`));
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('the engine did not answer')));
    outgoing.on('error', reject);
    outgoing.end(archive);
  });
}

/** `DOCKER_HOST`, else the system's socket, else that of a rootless engine. */
function engineConnection() {
  const host = process.env.DOCKER_HOST ?? '';
  const tcp = /^(?:tcp|http):\/\/([^:/]+):(\d+)/.exec(host);
  if (tcp !== null) return { host: tcp[1], port: Number(tcp[2]) };
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) };
  const rootless = join(process.env.XDG_RUNTIME_DIR ?? '/nonexistent', 'docker.sock');
  return {
    socketPath: !existsSync('/var/run/docker.sock') && existsSync(rootless) ? rootless : '/var/run/docker.sock',
  };
}

function file(name, mode, content) {
  return { name, mode, type: '0', target: '', content: Buffer.from(content) };
}

function folder(name, mode) {
  return { name: `${name}/`, mode, type: '5', target: '', content: Buffer.alloc(0) };
}

function link(name, target) {
  return { name, mode: 0o777, type: '2', target, content: Buffer.alloc(0) };
}

/** A `ustar` archive of root's files from 1970. */
function tar(entries) {
  const parts = entries.flatMap((entry) => {
    const padding = (BLOCK_BYTES - (entry.content.length % BLOCK_BYTES)) % BLOCK_BYTES;
    return [tarHeader(entry), entry.content, Buffer.alloc(padding)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK_BYTES)]);
}

function tarHeader({ name, mode, type, target, content }) {
  const header = Buffer.alloc(BLOCK_BYTES);
  const octal = (value, digits) => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0, 100);
  header.write(octal(mode, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(content.length, 11), 124);
  header.write(octal(0, 11), 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(target, 157, 100);
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)} `, 148, 'latin1');
  return header;
}

function sha256(content) {
  return createHash('sha256').update(content).digest('hex');
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const { tag, id } = await buildBusyboxImage({
      ...(process.argv[2] === undefined ? {} : { tag: process.argv[2] }),
      ...(process.argv[3] === undefined ? {} : { busybox: process.argv[3] }),
    });
    console.log(`${tag} ${id}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
