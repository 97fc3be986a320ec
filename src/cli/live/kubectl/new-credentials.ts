import { KeyObject, randomBytes, type webcrypto } from 'node:crypto';

/** What a port of the API is opened with, and what a kubeconfig has to say of it. */
export interface Credentials {
  /** PEM; the authority that vouches for the certificate. Its own key was thrown away. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  readonly token: string;
}

/** How a client may call this machine, through an ssh tunnel, too. */
const HOSTS = [
  { type: 'ip', value: '127.0.0.1' },
  { type: 'dns', value: 'localhost' },
] as const;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 60 * 60 * 1000;
const TOKEN_BYTES = 32;

/**
 * New credentials that hold for ten years. An authority that signs one certificate and is gone says no more than that
 * certificate, but is what every TLS library takes: some refuse a certificate that is its own authority.
 */
export async function newCredentials(nowMs: number): Promise<Credentials> {
  // The library asks for the metadata of classes, and for whoever uses it to bring that along.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const validity = { notBefore: new Date(nowMs - DAY_MS), notAfter: new Date(nowMs + 3650 * DAY_MS) };
  const authorityKeys = await newKeys();
  const authorityName = 'CN=berth-authority';
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: newSerialNumber(),
    name: authorityName,
    keys: authorityKeys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity,
    serialNumber: newSerialNumber(),
    subject: 'CN=berth',
    issuer: authorityName,
    publicKey: keys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([...HOSTS]),
    ],
  });
  return {
    authority: authority.toString('pem'),
    certificate: certificate.toString('pem'),
    key: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    token: randomBytes(TOKEN_BYTES).toString('base64url'),
  };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

/** "Positive and not longer than 20 octets" (RFC 5280 section 4.1.2.2). */
function newSerialNumber(): string {
  return `01${randomBytes(15).toString('hex')}`;
}
