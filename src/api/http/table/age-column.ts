import { text } from './column.ts';
import { formatAge } from './duration.ts';

export const AGE = text('Age', (object, nowMs) => formatAge(object.metadata.creationTimestamp, nowMs));
