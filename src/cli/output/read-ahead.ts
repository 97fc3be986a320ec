/**
 * Asks for the first item of a stream at once, so that it is open before anything else is done. A failure is told to
 * whoever reads, and to nobody when nobody does.
 */
export function readAhead<T>(stream: AsyncIterable<T>): AsyncIterable<T> {
  const iterator = stream[Symbol.asyncIterator]();
  const first = iterator.next();
  first.catch(() => {});
  return (async function* () {
    for (let next = await first; next.done !== true; next = await iterator.next()) yield next.value;
  })();
}
