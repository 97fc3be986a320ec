import { expect, test } from 'vitest';
import { describeExchangeFailure, ExchangeError } from './exchange-failure.ts';

const coded = (message: string, code: string) => Object.assign(new Error(message), { code });
const timeout = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
const aborted = (cause: unknown) =>
  Object.assign(new Error('The operation was aborted', { cause }), { name: 'AbortError', code: 'ABORT_ERR' });

test.each`
  error                                                           | words
  ${coded('connect ECONNREFUSED 10.1.2.3:5000', 'ECONNREFUSED')}  | ${'nothing listens at its address (ECONNREFUSED)'}
  ${coded('getaddrinfo ENOTFOUND registry.corp', 'ENOTFOUND')}    | ${'its name is not known (ENOTFOUND)'}
  ${coded('unable to verify', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')} | ${'its certificate is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)'}
  ${coded('something at 10.1.2.3', 'EODD')}                       | ${'the connection failed (EODD)'}
  ${coded('something at 10.1.2.3', 'at 10.1.2.3')}                | ${'the connection failed'}
  ${new ExchangeError('the answer is longer than 10 bytes')}      | ${'the answer is longer than 10 bytes'}
  ${timeout}                                                      | ${'no answer within 10 s'}
  ${aborted(timeout)}                                             | ${'no answer within 10 s'}
  ${aborted(undefined)}                                           | ${'it was given up'}
  ${'10.1.2.3'}                                                   | ${'the connection failed'}
`('$error: $words', ({ error, words }) => {
  expect(describeExchangeFailure(error, 10_000)).toBe(words);
});
