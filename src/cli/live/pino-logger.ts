import { destination, type Logger as PinoLogger, pino, stdSerializers } from 'pino';
import type { LogFields, Logger } from '../../lib/logger.ts';
import type { LogLevel } from './log-levels.ts';

/** A log of JSON lines on standard error. */
export function createPinoLogger(level: LogLevel): Logger {
  return wrap(
    pino(
      // An error as JSON is an empty object.
      { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { error: stdSerializers.err } },
      destination({ fd: 2, sync: true }),
    ),
  );
}

function wrap(logger: PinoLogger): Logger {
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
    child: (fields: LogFields) => wrap(logger.child(fields)),
  };
}
