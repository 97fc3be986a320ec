import type { EventInput } from './client.ts';
import type { RegistryContext } from './context.ts';

export class EventRecorder {
  readonly context: RegistryContext;
  constructor(context: RegistryContext) {
    this.context = context;
  }
  record(_event: EventInput): void {}
  close(): void {}
}
