/**
 * Go's decoder, which the API server uses, skips line breaks; the alphabet and the padding are strict (encoding/base64,
 * StdEncoding).
 */
export function isBase64(text: string): boolean {
  const data = text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]/g, '') : text;
  return data.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(data);
}

/** How many bytes valid base64 text stands for. */
export function base64Bytes(text: string): number {
  const data = text.replace(/[\r\n]/g, '');
  const padding = data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0;
  return (data.length / 4) * 3 - padding;
}
